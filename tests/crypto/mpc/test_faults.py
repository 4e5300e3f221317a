"""Members that die, freeze, lie to the wire or never come: every other one says who, in time."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from world.mpc_members import PATIENT, Cast, Intruder, Worker, blame, frame, probe, reach

from crypto.mpc.aborts import Abort
from crypto.mpc.codec import Kind, pack_abort

pytestmark = pytest.mark.processes
Start = Callable[..., Worker]
LONG = probe(rounds=10**9)
HASTY = replace(PATIENT, connect_seconds=4)
WATCHFUL = replace(PATIENT, idle_seconds=4)


def started(start: Start, cast: Cast, *points: int, **changes: Any) -> list[Worker]:
    return [start(cast.session(point, **changes)) for point in points]


def computing(start: Start, cast: Cast, **changes: Any) -> list[Worker]:
    members = started(start, cast, *range(1, len(cast.peers) + 1), program=LONG, **changes)
    for member in members:
        member.until("connected")
        member.go()
    for member in members:
        member.until("shared")
    return members


def test_killed_member_is_named_by_all(start: Start) -> None:
    members = computing(start, Cast.of(4))
    members[2].process.kill()
    for member in (members[0], members[1], members[3]):
        assert blame(member.end()) == ("share", 3, "member-lost")


def test_frozen_member_is_named_by_all(start: Start) -> None:
    members = computing(start, Cast.of(3), deadlines=WATCHFUL)
    os.kill(members[1].process.pid, signal.SIGSTOP)
    for member in (members[0], members[2]):
        assert blame(member.end()) == ("share", 2, "member-silent")
    os.kill(members[1].process.pid, signal.SIGCONT)
    assert members[1].end()["event"] == "aborted"


def test_member_that_only_computes_is_not_silent_but_late(start: Start) -> None:
    cast = Cast.of(3)
    hurried = replace(WATCHFUL, total_seconds=14, idle_seconds=2)
    stalling = probe(rounds=1, stalls=2)
    members = started(start, cast, 1, 2, 3, program=stalling, deadlines=hurried)
    for member in members:
        member.until("connected")
        member.go()
    for member in members:
        assert blame(member.end()) == ("share", 2, "session-late")


@pytest.mark.parametrize("absent", [1, 3])
def test_absent_member_is_named_by_all(absent: int, start: Start) -> None:
    cast = Cast.of(3)
    present = [point for point in (1, 2, 3) if point != absent]
    members = started(start, cast, *present, deadlines=HASTY)
    for member in members:
        told = member.end()
        assert blame(told) == ("connect", absent, "member-absent")
        assert f"member {absent}" in told["reason"]
    late = start(cast.session(absent, deadlines=HASTY))
    assert blame(late.end()) == ("connect", 0, "member-absent")


def test_two_absent_members_are_listed(start: Start) -> None:
    (member,) = started(start, Cast.of(3), 2, deadlines=HASTY)
    told = member.end()
    assert blame(told) == ("connect", 0, "member-absent")
    assert "member 1" in told["reason"]
    assert "member 3 (connection refused)" in told["reason"]


def test_member_of_another_seal_is_named_by_all(start: Start) -> None:
    cast = Cast.of(3)
    members = started(start, cast, 1, 3)
    other = start(replace(cast, seal="0" * 64).session(2, deadlines=HASTY))
    for member in members:
        assert blame(member.end()) == ("hello", 2, "seal-differs")
    assert blame(other.end()) == ("hello", 0, "seal-differs")


def test_random_bytes_at_the_port_harm_nobody(start: Start) -> None:
    cast = Cast.of(3)
    members = started(start, cast, 2, 3)
    for member in members:
        member.until("listening")
    for peer in cast.peers[1:]:
        with reach(peer.address) as stranger:
            stranger.sendall(os.urandom(4096))
    members += started(start, cast, 1)
    for member in members:
        member.until("connected")
        member.go()
    assert {member.end()["event"] for member in members} == {"done"}


def test_dropped_connection_may_come_again_before_it_was_agreed_on(start: Start) -> None:
    cast = Cast.of(3)
    members = started(start, cast, 2, 3)
    for member in members:
        member.until("listening")
    with Intruder(cast, 1) as intruder:
        for point in (2, 3):
            intruder.dial(point)
    members += started(start, cast, 1)
    for member in members:
        member.until("connected")
        member.go()
    assert {member.end()["event"] for member in members} == {"done"}


class Joined:
    """Two honest members that compute, and an intruder in the first place that joined them."""

    def __init__(self, members: list[Worker], intruder: Intruder) -> None:
        self.members = members
        self.links = [intruder.join(point) for point in (2, 3)]
        for member in members:
            member.until("connected")
            member.go()
        self.send(frame(Kind.ALIVE, 1))
        for member in members:
            member.until("shared")

    def send(self, data: bytes) -> None:
        for link in self.links:
            link.sendall(data)

    def verdicts(self) -> set[tuple[str, int, str]]:
        return {blame(member.end()) for member in self.members}


@contextmanager
def joined(start: Start, **changes: Any) -> Iterator[Joined]:
    cast = Cast.of(3)
    with Intruder(cast, 1) as intruder:
        yield Joined(started(start, cast, 2, 3, **changes), intruder)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(b"\x09" + bytes(15), "frame-malformed", id="kind"),
        pytest.param(b"\x01\x00\x01" + bytes(13), "frame-malformed", id="padding"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", "frame-malformed", id="http"),
        pytest.param(frame(Kind.KEYS, 0), "frame-malformed", id="keys-again"),
        pytest.param(frame(Kind.ROUND, 2, b"seven b"), "message-size", id="short"),
        pytest.param(frame(Kind.ROUND, 2, b"nine byte"), "message-size", id="long"),
        pytest.param(frame(Kind.ROUND, 1, b"too late"), "message-unexpected", id="past-round"),
        pytest.param(frame(Kind.ALIVE, 1, b"x"), "message-oversized", id="alive-with-bytes"),
        pytest.param(
            frame(Kind.DONE, 2) + frame(Kind.ROUND, 2, b"too late"), "frame-malformed", id="done"
        ),
        pytest.param(frame(Kind.LEAVE, 2), "frame-malformed", id="leave"),
        pytest.param(frame(Kind.ABORT, 2, b"no abort"), "frame-malformed", id="abort"),
        pytest.param(frame(Kind.ABORT, 2, bytes(4096)), "message-oversized", id="long-abort"),
    ],
)
def test_bytes_no_honest_member_sends_end_the_session_and_name_the_sender(
    sent: bytes, code: str, start: Start
) -> None:
    with joined(start) as session:
        session.send(sent)
        assert session.verdicts() == {("share", 1, code)}


def test_member_that_is_done_may_still_show_that_it_lives(start: Start) -> None:
    with joined(start, program=probe(rounds=0)) as session:
        session.send(frame(Kind.DONE, 1) + frame(Kind.ALIVE, 1) + frame(Kind.LEAVE, 0))
        assert {member.end()["event"] for member in session.members} == {"done"}


def test_what_a_member_says_of_another_is_told_as_its_word(start: Start) -> None:
    lie = Abort("check", 2, "dealing-inconsistent", "member 2 dealt shares of two values")
    with joined(start) as session:
        session.send(frame(Kind.ABORT, 2, pack_abort(lie)))
        for member in session.members:
            told = member.end()
            assert blame(told) == ("check", 2, "dealing-inconsistent")
            # Whoever heard it from the other honest member says so as well.
            assert told["reason"].endswith(f"member 1 reports: {lie.reason}")


def test_member_that_has_two_accuse_each_other_stands_in_both_their_words(start: Start) -> None:
    with joined(start) as session:
        for link, accused in zip(session.links, (3, 2), strict=True):
            lie = Abort("check", accused, "dealing-inconsistent", "dealt shares of two values")
            link.sendall(frame(Kind.ABORT, 2, pack_abort(lie)))
        for member in session.members:
            told = member.end()
            assert told["reported_by"] != 0
            assert "member 1 reports: " in told["reason"]


def test_bytes_of_a_round_that_is_not_yet_due_stay_with_their_sender(start: Start) -> None:
    announced = 200 * 2**20
    with joined(start, deadlines=replace(PATIENT, total_seconds=12)) as session:
        leave_room(session.members[0], announced // 2)
        early = frame(Kind.ROUND, 5, bytes(announced))
        sending = Thread(target=swallow_loss(session.links[0].sendall), args=(early,))
        sending.start()
        assert {code for _, _, code in session.verdicts()} == {"session-late"}
        sending.join()


def leave_room(member: Worker, room_bytes: int) -> None:
    """Let the worker hold this much more than it does now, and fail beyond."""
    status = (Path("/proc") / str(member.process.pid) / "status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmData"))
    limit = int(line.split()[1]) * 1024 + room_bytes
    resource.prlimit(member.process.pid, resource.RLIMIT_DATA, (limit, limit))


def swallow_loss(send: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def sent(data: bytes) -> None:
        with suppress(OSError):
            send(data)

    return sent
