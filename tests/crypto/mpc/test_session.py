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
    for member in workers:
        member.until("connected")
        member.go()
    ends = [member.end() for member in workers]
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
    for member in workers:
        told = [event["event"] for event in member.events]
        assert told == ["listening", "connected", "shared", "done"]


def test_nothing_is_shared_until_every_agent_said_go(start: Start) -> None:
    workers = all_started(start, Cast.of(3))
    for member in workers:
        member.until("connected")
    for member in workers[:2]:
        member.go()
    workers[2].hang_up()
    assert blame(workers[2].end()) == ("prepare", 3, "agent-gone")
    for member in workers[:2]:
        assert blame(member.end()) == ("prepare", 3, "member-stopped")
        assert [event["event"] for event in member.events] == ["listening", "connected", "aborted"]


def test_worker_ends_with_its_agent_before_anybody_connected(start: Start) -> None:
    member = start(Cast.of(3).session(2))
    member.until("listening")
    member.hang_up()
    assert blame(member.end()) == ("connect", 2, "agent-gone")


def test_another_word_than_go_is_not_go(start: Start) -> None:
    member = start(Cast.of(3).session(2))
    member.say(b"so\n")
    assert blame(member.end()) == ("connect", 2, "agent-gone")


def test_stopped_worker_ends_the_session_for_all(start: Start) -> None:
    workers = all_started(start, Cast.of(3), program=probe(rounds=10**9))
    for member in workers:
        member.until("connected")
        member.go()
    for member in workers:
        member.until("shared")
    workers[1].process.send_signal(signal.SIGTERM)
    assert blame(workers[1].end()) == ("share", 2, "member-stopped")
    for member in (workers[0], workers[2]):
        assert blame(member.end()) == ("share", 2, "member-stopped")


def test_session_ends_when_stdin_closes_after_go(start: Start) -> None:
    workers = all_started(start, Cast.of(3))
    for member in workers:
        member.until("connected")
        member.go()
        member.hang_up()
    assert {member.end()["event"] for member in workers} == {"done"}


def test_own_reason_stays_at_home(start: Start) -> None:
    cast = Cast.of(3)
    workers = [
        start(cast.session(1, program=probe(rounds=1, bytes=300 * 2**20))),
        *(start(cast.session(point)) for point in (2, 3)),
    ]
    for member in workers:
        member.until("connected")
        member.go()
    own = workers[0].end()
    assert blame(own) == ("share", 1, "program-failed")
    assert "send in parts" in own["reason"]
    for member in workers[1:]:
        told = member.end()
        assert blame(told) == ("share", 1, "member-stopped")
        assert "parts" not in told["reason"]


def test_label_of_joint_randomness_serves_once(start: Start) -> None:
    workers = all_started(start, Cast.of(3), program=probe(rounds=1, draws=2))
    for member in workers:
        member.until("connected")
        member.go()
    ends = [member.end() for member in workers]
    assert {blame(end)[0] for end in ends} == {"share"}
    assert any("'probe' was used before" in end["reason"] for end in ends)


def test_no_secret_stands_where_others_can_read(start: Start) -> None:
    cast = Cast.of(3)
    session = cast.session(1, blocks=1)
    member = start(session, b"the member's own numbers")
    member.until("listening")
    process = Path("/proc") / str(member.process.pid)
    shown = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    for secret in (session.key.reveal()[28:60], b"own numbers", session.seal.encode()):
        assert secret not in shown
    limits = (process / "limits").read_text()
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


def test_two_members_are_refused_before_any_connection(start: Start) -> None:
    told = json.loads(dumps(Cast.of(3).session(1)))
    told["peers"] = told["peers"][:2]
    member = start(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())
    assert blame(member.end()) == ("specify", 0, "consortium-too-small")
    assert len(member.events) == 1


@pytest.mark.parametrize("threshold", [0, 2])
def test_threshold_out_of_range_is_refused(threshold: int, start: Start) -> None:
    told = json.loads(dumps(Cast.of(3).session(1))) | {"threshold": threshold}
    member = start(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())
    assert blame(member.end()) == ("specify", 0, "threshold-out-of-range")


def test_program_that_needs_verification_is_refused_without(start: Start) -> None:
    program = probe(rounds=1, needs_verified=True)
    member = start(Cast.of(3).session(1, program=program))
    assert blame(member.end()) == ("specify", 0, "session-unverified")


def test_program_outside_the_list_is_refused(start: Start) -> None:
    told = json.loads(dumps(Cast.of(3).session(1)))
    told["program"]["name"] = "os-system"
    member = start(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())
    assert blame(member.end()) == ("specify", 0, "program-unknown")


@pytest.mark.parametrize("line", [b"", b"{}", b"\xff", b'{"a": 1}'])
def test_line_that_is_no_session_is_refused(line: bytes, start: Start) -> None:
    assert blame(start(line).end()) == ("specify", 0, "session-invalid")


def test_stdin_that_ends_in_the_blocks_is_refused(start: Start) -> None:
    member = start(Cast.of(3).session(1, blocks=2), b"one of two")
    member.hang_up()
    assert blame(member.end()) == ("specify", 0, "session-invalid")


def test_address_in_use_is_said_by_the_member_it_happens_to(start: Start) -> None:
    cast = Cast.of(3)
    first = start(cast.session(3))
    first.until("listening")
    second = start(cast.session(3))
    assert blame(second.end()) == ("connect", 3, "listening-failed")
    os.kill(first.process.pid, signal.SIGTERM)
    assert blame(first.end()) == ("connect", 3, "member-stopped")
