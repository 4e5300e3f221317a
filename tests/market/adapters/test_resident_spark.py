"""What a job does where the resident application is there, comes, goes, or never was."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from world.answering_resident import answering_resident
from world.waiting import eventually

from market import wire
from market.adapters import resident_spark
from market.adapters.resident_spark import (
    REPEATS,
    STATE,
    Reply,
    ResidentState,
    ask,
    ask_state,
    is_kept,
    kept,
    listen,
)
from market.errors import Conflict


def test_job_under_which_the_application_always_dies_fails(tmp_path: Path) -> None:
    with answering_resident(tmp_path, *[b""] * (1 + REPEATS)) as taken:
        assert ask(tmp_path, "job", wall_seconds=60) is Reply.FAILED
    assert taken == [b"job\n"] * (1 + REPEATS)


def test_without_an_application_nobody_waits(tmp_path: Path) -> None:
    assert ask(tmp_path, "job", wall_seconds=60) is Reply.ABSENT


def test_socket_is_its_users_alone(tmp_path: Path) -> None:
    with listen(tmp_path):
        assert (tmp_path / "resident.sock").stat().st_mode & 0o777 == 0o600


def test_job_waits_for_an_application_that_somebody_is_about_to_start(tmp_path: Path) -> None:
    replies: list[Reply] = []
    asking = threading.Thread(
        target=lambda: replies.append(ask(tmp_path, "job", wall_seconds=60)), daemon=True
    )
    with kept(tmp_path):
        asking.start()
        with answering_resident(tmp_path, b"done") as taken:
            asking.join()
    assert replies == [Reply.DONE]
    assert taken == [b"job\n"]


def test_socket_that_a_killed_keeper_left_keeps_no_job_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever waited would wait until the test fails.
    monkeypatch.setattr(resident_spark, "START_SECONDS", 10**6)
    with kept(tmp_path):
        listen(tmp_path).close()
    replies: list[Reply] = []
    asking = threading.Thread(
        target=lambda: replies.append(ask(tmp_path, "job", wall_seconds=10**6)), daemon=True
    )
    asking.start()
    eventually(lambda: replies, patience_seconds=30)
    assert replies == [Reply.ABSENT]


def test_one_application_is_kept_by_one_process(tmp_path: Path) -> None:
    with kept(tmp_path):
        assert is_kept(tmp_path)
        with pytest.raises(Conflict) as refused, kept(tmp_path):
            pass
    assert refused.value.code == "spark-kept"
    assert not is_kept(tmp_path)


def test_application_says_how_it_is(tmp_path: Path) -> None:
    state = ResidentState(
        pid=4_194_304,
        since=2_000_000_000,
        jobs_done=10**9,
        jobs_at_work=10**4,
        memory_bytes=10**12,
    )
    with answering_resident(tmp_path, wire.encode(state)) as taken:
        assert ask_state(tmp_path) == state
    assert taken == [STATE + b"\n"]


@pytest.mark.parametrize("answer", [b"", b"failed", b"{}"])
def test_application_that_says_something_else_says_nothing(tmp_path: Path, answer: bytes) -> None:
    with answering_resident(tmp_path, answer):
        assert ask_state(tmp_path) is None


def test_nobody_says_how_an_application_is_that_is_not_there(tmp_path: Path) -> None:
    assert ask_state(tmp_path) is None
    listen(tmp_path).close()
    assert ask_state(tmp_path) is None
