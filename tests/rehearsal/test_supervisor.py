"""What a supervisor starts again is as much its own as what it started first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from world.waiting import eventually

from rehearsal.supervisor import Supervised, Supervisor

pytestmark = pytest.mark.processes

WRAPPED = ["/bin/sh", "-c", "sleep 1000 & wait"]


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    supervisor.begin()
    yield supervisor
    supervisor.end()


def wrapped(supervisor: Supervisor, log: Path) -> psutil.Process:
    supervisor.keep(Supervised("one", lambda: WRAPPED, log, is_wrapped=True))
    return program(supervisor)


def program(supervisor: Supervisor) -> psutil.Process:
    eventually(lambda: len(supervisor["one"].below()) == 2)
    return supervisor["one"].below()[1]


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_what_was_started_again_ends_with_all_else(supervisor: Supervisor, tmp_path: Path) -> None:
    first = wrapped(supervisor, tmp_path / "log")
    supervisor.kill("one")
    eventually(lambda: supervisor["one"].starts == 2)
    second = program(supervisor)
    supervisor.end()
    assert has_ended(first)
    assert has_ended(second)


def test_what_is_held_stays_down_until_it_is_released(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    wrapped(supervisor, tmp_path / "log")
    supervisor.hold("one")
    eventually(lambda: not supervisor["one"].is_running)
    assert supervisor["one"].starts == 1
    supervisor.release("one")
    eventually(lambda: supervisor["one"].starts == 2)


def test_what_is_frozen_stands_still_until_it_is_thawed(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    sleeper = wrapped(supervisor, tmp_path / "log")
    supervisor.freeze("one")
    eventually(lambda: sleeper.status() == psutil.STATUS_STOPPED)
    supervisor.thaw("one")
    eventually(lambda: sleeper.status() != psutil.STATUS_STOPPED)
