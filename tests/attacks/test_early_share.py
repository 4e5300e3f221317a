"""Attack: have one member's shares before another member's agent has agreed to be charged.

An agent that refuses at the last moment ends the session; nobody's shares may have left by then,
and nobody's charge may stand for nothing.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from world.mpc_members import PATIENT, Cast, Intruder, blame, frame, next_frame, worker

from crypto.mpc.codec import Kind


def test_no_share_leaves_before_every_agent_said_go() -> None:
    cast, lively = Cast.of(3), replace(PATIENT, idle_seconds=8)
    with ExitStack() as stack:
        hesitant, eager = (
            stack.enter_context(worker(cast.session(p, deadlines=lively))) for p in (2, 3)
        )
        intruder = stack.enter_context(Intruder(cast, 1))
        links = [intruder.join(point) for point in (2, 3)]
        hesitant.until("connected")
        eager.until("connected")
        for link in links:
            link.sendall(frame(Kind.ALIVE, 1))
        eager.go()
        came = []
        while (latest := next_frame(links[1])) is not None:
            came.append(latest[0])
            if latest[0].round and not hesitant.process.stdin.closed:
                hesitant.hang_up()
        assert [header.kind for header in came][-2:] == [Kind.ABORT, Kind.LEAVE]
        assert Kind.ROUND not in {header.kind for header in came}
        assert blame(eager.end()) == ("prepare", 2, "member-stopped")
        assert "shared" not in {event["event"] for event in eager.events}
