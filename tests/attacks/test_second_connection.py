"""Attack: connect a second time, in the place of the connection that is already there.

In stock MPyC the second overwrites the first, and what was under way is lost or goes to two places.
"""

from __future__ import annotations

from contextlib import ExitStack

from world.mpc_members import Cast, Intruder, worker


def test_first_connection_keeps_its_place() -> None:
    cast = Cast.of(3)
    with ExitStack() as stack:
        members = [stack.enter_context(worker(cast.session(3)))]
        intruder = stack.enter_context(Intruder(cast, 1))
        intruder.join(3)
        # Before the third member comes: once all have met, nobody listens any more.
        assert intruder.dial(3).recv(1) == b"", "the second connection was greeted too"
        members.append(stack.enter_context(worker(cast.session(2))))
        intruder.join(2)
        for member in members:
            member.until("connected")
