"""`market sandbox` as a process: one build, and what becomes of it when somebody disturbs it."""

from __future__ import annotations

import io
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
from world.builders import an_input
from world.hostile_programs import HONEST
from world.one_shot_sandboxes import one_shot_sandbox, one_shot_sandboxes
from world.served_portal import market_command, market_environment
from world.waiting import eventually

from market import wire
from market.adapters.sandbox.builds import Run
from market.adapters.sandbox.language import language_digest
from market.adapters.sandbox.parcel import pack
from market.adapters.sandbox.remote import RemoteSandbox
from market.errors import Unavailable

pytestmark = pytest.mark.processes

SLOW = "import time\ntime.sleep(3)\n" + HONEST
INPUT = wire.encode(an_input())


@pytest.fixture
def honest(tmp_path: Path) -> Path:
    return tree(tmp_path / "honest", HONEST)


def tree(work: Path, program: str) -> Path:
    (work / "repository").mkdir(parents=True)
    (work / "repository" / "job.py").write_text(program)
    return work


def parcel_of(work: Path) -> bytes:
    parcel = io.BytesIO()
    pack(work / "repository", INPUT, parcel)
    return parcel.getvalue()


def post(url: str, body: bytes, language: str = "") -> tuple[int, str]:
    headers = {"Market-Language": language or language_digest()}
    answer = httpx.post(f"{url}/v1/build", content=body, headers=headers, trust_env=False)
    return answer.status_code, answer.json().get("code", "")


def remote(url: str, *, wait_seconds: int = 60) -> RemoteSandbox:
    return RemoteSandbox(url, wall_seconds=20, wait_seconds=wait_seconds)


def is_plan(runs: tuple[Run, Run]) -> bool:
    return runs[0].document == runs[1].document and b'"plan"' in (runs[0].document or b"")


def test_it_takes_one_build_and_ends(honest: Path) -> None:
    with one_shot_sandbox() as sandbox:
        assert sandbox.is_ready()
        assert is_plan(remote(sandbox.url).build(honest, INPUT))
        assert sandbox.process.wait(30) == 0


def test_while_it_builds_another_is_turned_away_and_told_so(honest: Path, tmp_path: Path) -> None:
    slow = tree(tmp_path / "slow", SLOW)
    with one_shot_sandbox() as sandbox, ThreadPoolExecutor(1) as pool:
        building = pool.submit(remote(sandbox.url).build, slow, INPUT)
        eventually(lambda: sandbox.state() == "busy")
        assert not sandbox.is_ready()
        assert post(sandbox.url, parcel_of(honest)) == (503, "sandbox-busy")
        with pytest.raises(Unavailable, match="sandbox-busy"):
            remote(sandbox.url, wait_seconds=0).build(honest, INPUT)
        assert is_plan(building.result())


def test_what_is_no_build_leaves_it_ready(honest: Path) -> None:
    with one_shot_sandbox(fetch_maximum_bytes=1_000) as sandbox:
        assert post(sandbox.url, b"no tar") == (422, "parcel-malformed")
        assert post(sandbox.url, parcel_of(honest), "ab" * 32) == (409, "sandbox-release")
        assert post(sandbox.url, bytes(90_000_000)) == (422, "parcel-too-large")
        assert sandbox.is_ready()
        assert is_plan(remote(sandbox.url).build(honest, INPUT))


def test_few_sandboxes_serve_many_steps(honest: Path) -> None:
    with one_shot_sandboxes() as (url,), ThreadPoolExecutor(4) as pool:
        builds = [pool.submit(remote(url).build, honest, INPUT) for _ in range(4)]
        assert all(is_plan(build.result()) for build in builds)


def test_build_whose_sandbox_is_killed_is_made_by_the_next(tmp_path: Path) -> None:
    slow = tree(tmp_path / "slow", SLOW)
    with one_shot_sandbox("--again") as sandbox, ThreadPoolExecutor(1) as pool:
        building = pool.submit(remote(sandbox.url).build, slow, INPUT)
        eventually(lambda: sandbox.state() == "busy")
        (at_work,) = psutil.Process(sandbox.process.pid).children()
        # What runs in it is ended with it, by what starts the next one.
        (program,) = eventually_children(at_work)
        at_work.kill()
        assert is_plan(building.result())
        assert not program.is_running()


def eventually_children(process: psutil.Process) -> list[psutil.Process]:
    eventually(process.children)
    found: list[psutil.Process] = process.children()
    return found


def test_told_to_stop_it_answers_what_it_is_at(tmp_path: Path) -> None:
    slow = tree(tmp_path / "slow", SLOW)
    with one_shot_sandbox("--again") as sandbox, ThreadPoolExecutor(1) as pool:
        building = pool.submit(remote(sandbox.url).build, slow, INPUT)
        eventually(lambda: sandbox.state() == "busy")
        sandbox.process.send_signal(signal.SIGTERM)
        assert is_plan(building.result())
        assert sandbox.process.wait(30) == 0


def test_with_rights_it_does_not_start(tmp_path: Path) -> None:
    if psutil.Process().uids().effective != 0:
        pytest.skip("only root has rights to begin with")
    home = tmp_path / "home"
    done = subprocess.run(
        market_command("sandbox", "--json"),
        env=market_environment(home) | {"MARKET_SANDBOX_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "sandbox-privileged" in done.stdout
