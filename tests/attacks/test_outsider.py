"""Attack: somebody who is no member connects, with a certificate made just like a member's."""

from __future__ import annotations

from contextlib import ExitStack

from world.mpc_members import Cast, Intruder, worker


def is_let_in(intruder: Intruder, to: int) -> bool:
    try:
        intruder.join(to)
    except (OSError, AssertionError):
        return False
    return True


def test_outsider_is_not_greeted_and_members_still_meet() -> None:
    cast = Cast.of(3)
    outsider = Cast.of(3).identities[0]
    with ExitStack() as stack:
        members = [stack.enter_context(worker(cast.session(point))) for point in (2, 3)]
        intruder = stack.enter_context(Intruder(cast, 1, outsider))
        assert not is_let_in(intruder, 2)
        assert not is_let_in(intruder, 3)
        members.append(stack.enter_context(worker(cast.session(1))))
        for member in members:
            member.until("connected")
