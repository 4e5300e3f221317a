"""Attack: announce a message of 4 GiB, and let the others hold what comes of it.

Stock MPyC buffers whatever a peer announces. Here an announcement is judged before its bytes: in
the round that is on, every member knows how many bytes are due of whom.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace

import pytest
from world.mpc_members import PATIENT, Cast, Intruder, blame, frame, worker

from crypto.mpc.codec import Header, Kind, pack_header

ANNOUNCED = 4_294_967_280


@pytest.mark.parametrize("round_number", [2, 9])
def test_announcement_of_gigabytes_ends_the_session_at_once(round_number: int) -> None:
    cast, hurried = Cast.of(3), replace(PATIENT, total_seconds=15)
    with ExitStack() as stack:
        members = [stack.enter_context(worker(cast.session(p, deadlines=hurried))) for p in (2, 3)]
        intruder = stack.enter_context(Intruder(cast, 1))
        links = [intruder.join(point) for point in (2, 3)]
        for member in members:
            member.until("connected")
            member.go()
        announcement = pack_header(Header(Kind.ROUND, ANNOUNCED, round_number))
        for link in links:
            link.sendall(frame(Kind.ALIVE, 1))
        for member in members:
            member.until("shared")
        for link in links:
            with suppress(OSError):
                link.sendall(announcement + bytes(2**20))
        for member in members:
            told = member.end()
            assert blame(told) == ("share", 1, "message-oversized")
            assert str(ANNOUNCED) in told["reason"]
