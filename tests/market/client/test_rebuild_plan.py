"""Building a plan at the buyer: the platform's builder, in the platform's sandbox."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from world.buyers_repository import HONEST, commit_program, git
from world.sealed_results import DATASET, SCHEMA

from market.adapters.plan_builder import SandboxPlanBuilder
from market.adapters.repository import FetchLimits
from market.adapters.sandbox.builds import BuildsHere, InSandbox
from market.adapters.sandbox.run import SandboxLimits
from market.adapters.sandbox.tools import find_tools
from market.client.questions.rebuild_plan import build_directory, build_own_commit, fetch_and_build
from market.errors import Refused, Unavailable
from market.plan.plan import NamedStatistic
from market.plan.program_input import ProgramInput
from market.plan.statistics import Count

pytestmark = pytest.mark.processes

ASKED = ProgramInput((DATASET,), SCHEMA)
LIMITS = FetchLimits(allow_file=True)


def program(directory: Path, body: str) -> Path:
    (directory / "job.py").write_text(body)
    return directory


@pytest.fixture
def no_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine with git and without bubblewrap."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("git", "setpriv", "prlimit"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(tools))
    find_tools.cache_clear()
    yield
    find_tools.cache_clear()


def test_plan_and_trace_of_a_directory(tmp_path: Path) -> None:
    built = build_directory(program(tmp_path, HONEST), ASKED)
    assert built.plan.statistics == (NamedStatistic("rows", 1, Count()),)
    assert built.trace == {"rows": "job.py:2"}


def test_modules_of_the_directory_are_there_and_hidden_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "names.py").write_text('NAME = "rows"\n')
    (tmp_path / ".secret").write_text("x")
    body = """
import os
from lib.names import NAME
assert not os.path.exists(".secret")

def build(ds):
    return {NAME: ds.count()}
"""
    assert build_directory(program(tmp_path, body), ASKED).trace == {"rows": "job.py:7"}


def test_link_in_the_directory_is_refused_as_in_a_commit(tmp_path: Path) -> None:
    (tmp_path / "passwords").symlink_to("/etc/passwd")
    with pytest.raises(Refused) as caught:
        build_directory(program(tmp_path, HONEST), ASKED)
    assert caught.value.code == "repository-link"


def test_broken_rule_is_told_by_the_program_with_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        build_directory(program(tmp_path, 'def build(ds):\n    return ds["none"].mean()\n'), ASKED)
    assert caught.value.code == "program-refused"
    assert caught.value.program_says.startswith("plan-column: job.py:2: ")


@pytest.mark.parametrize("is_sandboxed", [True, False])
def test_installed_package_is_refused_here_as_on_the_platform(
    tmp_path: Path, is_sandboxed: bool
) -> None:
    directory = tmp_path / "job"
    commit = commit_program(directory, "\nimport numpy\n" + HONEST)
    platform = SandboxPlanBuilder(LIMITS, BuildsHere(InSandbox(SandboxLimits())))
    said = []
    for build in (
        lambda: build_directory(directory, ASKED, is_sandboxed=is_sandboxed),
        lambda: fetch_and_build(f"file://{directory}", commit, ASKED, LIMITS),
        lambda: platform.build(f"file://{directory}", commit, ASKED),
    ):
        with pytest.raises(Refused) as caught:
            build()
        said.append((caught.value.code, caught.value.program_says))
    assert len(set(said)) == 1
    assert "program-import: job.py:2: The module numpy cannot be imported here." in said[0][1]


@pytest.mark.parametrize("is_sandboxed", [True, False])
def test_program_sees_no_environment_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_sandboxed: bool
) -> None:
    monkeypatch.setenv("MARKET_CLIENT_HOME", str(tmp_path))
    body = """
import os
assert not [name for name in os.environ if name.startswith("MARKET")]
assert os.environ["HOME"] != %r

def build(ds):
    return {"rows": ds.count()}
"""
    directory = program(tmp_path, body % os.environ.get("HOME", ""))
    built = build_directory(directory, ASKED, is_sandboxed=is_sandboxed)
    assert len(built.plan.statistics) == 1


@pytest.mark.parametrize("is_sandboxed", [True, False])
def test_plan_that_depends_on_chance_is_refused(tmp_path: Path, is_sandboxed: bool) -> None:
    body = "def build(ds):\n    return {n: ds.count() for n in {f'n_{i}' for i in range(40)}}\n"
    with pytest.raises(Refused) as caught:
        build_directory(program(tmp_path, body), ASKED, is_sandboxed=is_sandboxed)
    assert caught.value.code == "program-not-deterministic"


@pytest.mark.parametrize("is_sandboxed", [True, False])
def test_program_that_does_not_end_is_ended(tmp_path: Path, is_sandboxed: bool) -> None:
    directory = program(tmp_path, "import time\ntime.sleep(60)\n")
    with pytest.raises(Refused) as caught:
        build_directory(directory, ASKED, is_sandboxed=is_sandboxed, wall_seconds=2)
    assert caught.value.code == "program-too-slow"


@pytest.mark.parametrize("is_sandboxed", [True, False])
def test_program_that_kills_its_process_leaves_no_plan(tmp_path: Path, is_sandboxed: bool) -> None:
    directory = program(tmp_path, "import os\nos._exit(0)\n")
    with pytest.raises(Refused) as caught:
        build_directory(directory, ASKED, is_sandboxed=is_sandboxed)
    assert caught.value.code == "program-died"
    assert "status 0" in caught.value.message


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_nothing_fetched_is_run(tmp_path: Path) -> None:
    commit = commit_program(tmp_path / "job", HONEST)
    with pytest.raises(Unavailable, match="bwrap") as caught:
        fetch_and_build(f"file://{tmp_path}/job", commit, ASKED, LIMITS)
    assert caught.value.code == "sandbox-missing"
    assert "bubblewrap" in caught.value.next_action
    assert "--unsandboxed" not in caught.value.next_action


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_the_persons_own_program_runs_when_they_say_so(tmp_path: Path) -> None:
    commit = commit_program(tmp_path / "job", HONEST)
    with pytest.raises(Unavailable, match="bwrap") as caught:
        build_directory(tmp_path / "job", ASKED)
    assert "--unsandboxed" in caught.value.next_action
    built = build_directory(tmp_path / "job", ASKED, is_sandboxed=False)
    assert build_own_commit(tmp_path / "job", commit, ASKED, LIMITS) == built


def test_own_commit_is_what_was_committed_and_no_other(tmp_path: Path) -> None:
    checkout = tmp_path / "a job of ours"
    first = commit_program(checkout, HONEST)
    program(checkout, "raise ValueError\n")
    assert build_own_commit(checkout, first, ASKED, LIMITS).trace == {"rows": "job.py:2"}
    git(checkout, "commit", "-qam", "Break")
    with pytest.raises(Refused) as caught:
        build_own_commit(checkout, first, ASKED, LIMITS)
    assert caught.value.code == "checkout-elsewhere"
