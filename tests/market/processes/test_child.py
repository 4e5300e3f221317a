"""Processes that outlive their starter: found again, told from strangers, stopped whole."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest
from world.waiting import eventually

from market.adapters.file_lock import sole_holder
from market.adapters.stores.local import ABANDONED_SECONDS
from market.errors import Conflict, Refused
from market.processes.child import Child, log_tail, pid_path, running, start_child, stop_children
from market.processes.down import stop
from market.processes.environment import airflow_environment, platform_environment
from market.processes.up import start
from market.settings import Settings

pytestmark = pytest.mark.processes

FAMILY = """
import os, signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], process_group=0)
print(child.pid, flush=True)
signal.pause()
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("run", "logs"):
        (tmp_path / name).mkdir()
    return Settings(home=tmp_path)


def sleeper(name: str, program: str = "import signal; signal.pause()") -> Child:
    return Child(name, (sys.executable, "-c", program), {"PATH": os.environ["PATH"]})


def test_process_is_found_again_until_it_is_stopped(settings: Settings) -> None:
    start_child(settings, sleeper("one"))
    pid = running(settings, "one")
    assert pid is not None
    assert stop_children(settings, ("one", "two")) == ["one"]
    assert running(settings, "one") is None
    assert not psutil.pid_exists(pid)


def test_process_keeps_no_file_of_whoever_started_its_starter(settings: Settings) -> None:
    with (settings.home / "lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        program = "import signal; print('is up', flush=True); signal.pause()"
        start_child(settings, sleeper("one", program))
        pid = running(settings, "one")
        try:
            eventually(lambda: log_tail(settings, "one"))
            held = {os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()}
        finally:
            stop_children(settings, ("one",))
    assert held == {os.devnull, str(settings.home / "logs" / "one.log")}


def test_grandchild_in_a_group_of_its_own_is_stopped_too(settings: Settings) -> None:
    start_child(settings, sleeper("family", FAMILY))
    eventually(lambda: log_tail(settings, "family"))
    grandchild = int(log_tail(settings, "family"))
    stop_children(settings, ("family",))
    assert not psutil.pid_exists(grandchild) or (
        psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE
    )


def change_note(settings: Settings, name: str, **changes: object) -> None:
    path = pid_path(settings, name)
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("other", [{"started": 1}, {"boot": "another"}])
def test_stranger_with_a_noted_pid_is_left_alone(
    settings: Settings, other: dict[str, object]
) -> None:
    start_child(settings, sleeper("portal"))
    pid = running(settings, "portal")
    assert pid is not None
    note = pid_path(settings, "portal").read_text()
    change_note(settings, "portal", **other)
    assert running(settings, "portal") is None
    assert stop(settings) == []
    assert psutil.pid_exists(pid)
    pid_path(settings, "portal").write_text(note)
    assert stop(settings) == ["portal"]


def test_start_is_told_by_no_clock_that_people_set(settings: Settings) -> None:
    start_child(settings, sleeper("one"))
    noted = json.loads(pid_path(settings, "one").read_text())
    ticks = Path(f"/proc/{noted['pid']}/stat").read_text().rpartition(")")[2].split()[19]
    assert noted["started"] == int(ticks)
    stop_children(settings, ("one",))


@pytest.mark.parametrize("left", ["", "{", "[]", "{}", '{"pid": 1}', '{"pid": "x"}'])
def test_note_that_was_cut_short_names_no_process(settings: Settings, left: str) -> None:
    pid_path(settings, "portal").write_text(left)
    assert running(settings, "portal") is None
    assert stop(settings) == []


def test_process_that_cannot_be_noted_does_not_stay(settings: Settings) -> None:
    # A directory in the note's way, as a full disk is.
    pid_path(settings, "one").with_suffix(".new").mkdir()
    mark = settings.home.name
    program = f"import signal; {mark!r}; signal.pause()"
    with pytest.raises(IsADirectoryError):
        start_child(settings, sleeper("one", program))
    left = [p for p in psutil.process_iter(["cmdline"]) if program in (p.info["cmdline"] or [])]
    assert [p for p in left if p.status() != psutil.STATUS_ZOMBIE] == []


def test_second_start_on_a_home_is_refused_while_the_first_is_under_way(
    settings: Settings,
) -> None:
    lock = settings.home / "run" / "up.lock"
    with sole_holder(lock, Refused("never", "", "")), pytest.raises(Conflict) as refused:
        start(settings, lambda _message: None)
    assert refused.value.code == "platform-starting"
    assert [path for path in (settings.home / "run").iterdir() if path != lock] == []


def test_taken_port_is_refused_before_anything_starts(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = Settings(home=settings.home, portal_port=other.getsockname()[1])
        with pytest.raises(Refused) as refused:
            start(taken, lambda _message: None)
    assert refused.value.code == "port-taken"
    assert list((settings.home / "run").glob("*.pid")) == []


def test_what_killed_writers_left_in_the_store_is_swept_at_a_start(settings: Settings) -> None:
    partial = settings.home / "objects" / "partial"
    partial.mkdir(parents=True)
    for name, age in (("abandoned", ABANDONED_SECONDS + 10), ("young", 10)):
        (partial / name).write_bytes(b"half")
        os.utime(partial / name, (time.time() - age, time.time() - age))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = Settings(home=settings.home, portal_port=other.getsockname()[1])
        with pytest.raises(Refused, match="port-taken"):
            start(taken, lambda _message: None)
    assert [path.name for path in partial.iterdir()] == ["young"]


def test_children_see_the_settings_and_not_the_callers_airflow(settings: Settings) -> None:
    inherited = {"PATH": "/usr/bin", "AIRFLOW_HOME": "/elsewhere", "AIRFLOW__CORE__X": "1"}
    environment = platform_environment(settings, inherited)
    assert environment["MARKET_HOME"] == str(settings.home)
    assert environment["MARKET_AIRFLOW_PORT"] == str(settings.airflow_port)
    assert not [name for name in environment if name.startswith("AIRFLOW")]
    airflow = airflow_environment(settings, inherited)
    assert airflow["AIRFLOW_HOME"] == str(settings.home / "airflow")
    assert "AIRFLOW__CORE__X" not in airflow


def test_secrets_are_made_once_and_readable_by_their_owner_only(settings: Settings) -> None:
    first = airflow_environment(settings, {})["AIRFLOW__API_AUTH__JWT_SECRET"]
    assert airflow_environment(settings, {})["AIRFLOW__API_AUTH__JWT_SECRET"] == first
    assert len(bytes.fromhex(first)) == 64
    path = settings.home / "secrets" / "airflow-jwt"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(Refused) as refused:
        airflow_environment(settings, {})
    assert refused.value.code == "secret-exposed"
