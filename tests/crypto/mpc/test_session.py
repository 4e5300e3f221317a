"""Real workers that do what they should, and what they refuse of their own agent."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from world.mpc_members import Cast, Worker, blame, probe

from crypto import shamir
from crypto.mpc.specification import dumps

pytestmark = pytest.mark.processes
Start = Callable[..., Worker]


def all_started(start: Start, cast: Cast, **changes: Any) -> list[Worker]:
    points = range(1, len(cast.peers) + 1)
    return [start(cast.session(point, **changes)) for point in points]


@pytest.mark.parametrize(("members", "is_verified"), [(3, True), (5, True), (4, False)])
def test_members_compute_together(members: int, is_verified: bool, start: Start) -> None:
    workers = all_started(start, Cast.of(members), is_verified=is_verified)
    for worker in workers:
        worker.until("connected")
        worker.go()
    ends = [worker.end() for worker in workers]
    points = sum(range(1, members + 1))
    shares = [[int(share, 16) for share in end["shares"]] for end in ends]
    assert [own for own, _ in shares] == [
        point + 3 * (points - point) for point in range(1, members + 1)
    ]
    # Joint randomness lies on one polynomial of the threshold's degree, and is not zero.
    drawn = {point: own[1] for point, own in enumerate(shares, start=1)}
    threshold = (members - 1) // 2
    opened = shamir.interpolate(drawn, members=members, threshold=threshold)
    assert opened.is_consistent
    assert opened.value != 0
    for worker in workers:
        told = [event["event"] for event in worker.events]
        assert told == ["listening", "connected", "shared", "done"]


def test_nothing_is_shared_until_every_agent_said_go(start: Start) -> None:
    workers = all_started(start, Cast.of(3))
    for worker in workers:
        worker.until("connected")
    for worker in workers[:2]:
        worker.go()
    workers[2].hang_up()
    assert blame(workers[2].end()) == ("prepare", 3, "agent-gone")
    for worker in workers[:2]:
        assert blame(worker.end()) == ("prepare", 3, "member-stopped")
        assert [event["event"] for event in worker.events] == ["listening", "connected", "aborted"]


def test_worker_ends_with_its_agent_before_anybody_connected(start: Start) -> None:
    worker = start(Cast.of(3).session(2))
    worker.until("listening")
    worker.hang_up()
    assert blame(worker.end()) == ("connect", 2, "agent-gone")


def test_another_word_than_go_is_not_go(start: Start) -> None:
    worker = start(Cast.of(3).session(2))
    worker.say(b"so\n")
    assert blame(worker.end()) == ("connect", 2, "agent-gone")


def test_stopped_worker_ends_the_session_for_all(start: Start) -> None:
    workers = all_started(start, Cast.of(3), program=probe(rounds=10**9))
    for worker in workers:
        worker.until("connected")
        worker.go()
    for worker in workers:
        worker.until("shared")
    workers[1].process.send_signal(signal.SIGTERM)
    assert blame(workers[1].end()) == ("share", 2, "member-stopped")
    for worker in (workers[0], workers[2]):
        assert blame(worker.end()) == ("share", 2, "member-stopped")


def test_session_ends_when_stdin_closes_after_go(start: Start) -> None:
    workers = all_started(start, Cast.of(3))
    for worker in workers:
        worker.until("connected")
        worker.go()
        worker.hang_up()
    assert {worker.end()["event"] for worker in workers} == {"done"}


def test_own_reason_stays_at_home(start: Start) -> None:
    cast = Cast.of(3)
    workers = [
        start(cast.session(1, program=probe(rounds=1, bytes=300 * 2**20))),
        *(start(cast.session(point)) for point in (2, 3)),
    ]
    for worker in workers:
        worker.until("connected")
        worker.go()
    own = workers[0].end()
    assert blame(own) == ("share", 1, "program-failed")
    assert "send in parts" in own["reason"]
    for worker in workers[1:]:
        told = worker.end()
        assert blame(told) == ("share", 1, "member-stopped")
        assert "parts" not in told["reason"]


def test_no_secret_stands_where_others_can_read(start: Start) -> None:
    cast = Cast.of(3)
    session = cast.session(1, blocks=1)
    worker = start(session, b"the member's own numbers")
    worker.until("listening")
    process = Path("/proc") / str(worker.process.pid)
    shown = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    for secret in (session.key.reveal()[28:60], b"own numbers", session.seal.encode()):
        assert secret not in shown
    limits = (process / "limits").read_text()
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


def test_two_members_are_refused_before_any_connection(start: Start) -> None:
    told = json.loads(dumps(Cast.of(3).session(1)))
    told["peers"] = told["peers"][:2]
    worker = start(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())
    assert blame(worker.end()) == ("specify", 0, "consortium-too-small")
    assert len(worker.events) == 1


@pytest.mark.parametrize("threshold", [0, 2])
def test_threshold_out_of_range_is_refused(threshold: int, start: Start) -> None:
    told = json.loads(dumps(Cast.of(3).session(1))) | {"threshold": threshold}
    worker = start(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())
    assert blame(worker.end()) == ("specify", 0, "threshold-out-of-range")


def test_program_that_needs_verification_is_refused_without(start: Start) -> None:
    program = probe(rounds=1, needs_verified=True)
    worker = start(Cast.of(3).session(1, program=program))
    assert blame(worker.end()) == ("specify", 0, "session-unverified")


def test_program_outside_the_list_is_refused(start: Start) -> None:
    told = json.loads(dumps(Cast.of(3).session(1)))
    told["program"]["name"] = "os-system"
    worker = start(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())
    assert blame(worker.end()) == ("specify", 0, "program-unknown")


@pytest.mark.parametrize("line", [b"", b"{}", b"\xff", b'{"a": 1}'])
def test_line_that_is_no_session_is_refused(line: bytes, start: Start) -> None:
    assert blame(start(line).end()) == ("specify", 0, "session-invalid")


def test_stdin_that_ends_in_the_blocks_is_refused(start: Start) -> None:
    worker = start(Cast.of(3).session(1, blocks=2), b"one of two")
    worker.hang_up()
    assert blame(worker.end()) == ("specify", 0, "session-invalid")


def test_address_in_use_is_said_by_the_member_it_happens_to(start: Start) -> None:
    cast = Cast.of(3)
    first = start(cast.session(3))
    first.until("listening")
    second = start(cast.session(3))
    assert blame(second.end()) == ("connect", 3, "listening-failed")
    os.kill(first.process.pid, signal.SIGTERM)
    assert blame(first.end()) == ("connect", 3, "member-stopped")
