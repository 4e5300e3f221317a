"""Attack: join, and then say nothing for as long as the others wait.

Stock MPyC waits for ever for a peer that is frozen.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from world.mpc_members import PATIENT, Cast, Intruder, blame, frame, worker

from crypto.mpc.codec import Kind


def test_silence_ends_the_session_by_the_idle_deadline() -> None:
    cast, watchful = Cast.of(3), replace(PATIENT, idle_seconds=3, total_seconds=15)
    with ExitStack() as stack:
        members = [stack.enter_context(worker(cast.session(p, deadlines=watchful))) for p in (2, 3)]
        intruder = stack.enter_context(Intruder(cast, 1))
        links = [intruder.join(point) for point in (2, 3)]
        for member in members:
            member.until("connected")
            member.go()
        for link in links:
            link.sendall(frame(Kind.ALIVE, 1))
        for member in members:
            told = member.end()
            assert blame(told)[1:] == (1, "member-silent")
            assert "silent for 3 seconds" in told["reason"]
