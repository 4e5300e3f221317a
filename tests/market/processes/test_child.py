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

from market.adapters.stores.local import ABANDONED_SECONDS
from market.errors import Refused
from market.processes.child import Child, log_tail, pid_path, running, start_child, stop_children
from market.processes.down import stop
from market.processes.environment import airflow_environment, platform_environment
from market.processes.up import start
from market.settings import Settings

FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], process_group=0)
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("run", "logs"):
        (tmp_path / name).mkdir()
    return Settings(home=tmp_path)


def sleeper(name: str, program: str = "import time; time.sleep(60)") -> Child:
    return Child(name, (sys.executable, "-c", program), {"PATH": os.environ["PATH"]})


def test_process_is_found_again_until_it_is_stopped(settings: Settings) -> None:
    start_child(settings, sleeper("one"))
    pid = running(settings, "one")
    assert pid is not None
    assert stop_children(settings, ("one", "two")) == ["one"]
    assert running(settings, "one") is None
    assert not psutil.pid_exists(pid)


def test_grandchild_in_a_group_of_its_own_is_stopped_too(settings: Settings) -> None:
    start_child(settings, sleeper("family", FAMILY))
    deadline = time.monotonic() + 20
    while not log_tail(settings, "family"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    grandchild = int(log_tail(settings, "family"))
    stop_children(settings, ("family",))
    assert not psutil.pid_exists(grandchild) or (
        psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE
    )


def test_stranger_with_a_noted_pid_is_left_alone(settings: Settings) -> None:
    note = {"pid": os.getpid(), "started": psutil.Process().create_time() - 1_000}
    pid_path(settings, "portal").write_text(json.dumps(note))
    assert running(settings, "portal") is None
    assert stop(settings) == []


def test_taken_port_is_refused_before_anything_starts(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = Settings(home=settings.home, portal_port=other.getsockname()[1])
        with pytest.raises(Refused) as refused:
            start(taken, lambda _message: None)
    assert refused.value.code == "port-taken"
    assert list((settings.home / "run").iterdir()) == []


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
