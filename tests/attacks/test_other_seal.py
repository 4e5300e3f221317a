"""Attack: take part in a session as if it were another, with another program or other members.

The seal covers agreement, request, plan and every certificate. Stock MPyC has no such check:
members that disagree on the program compute something that none of them approved.
"""

from __future__ import annotations

from contextlib import ExitStack

from world.mpc_members import Cast, Intruder, blame, worker


def test_member_with_another_seal_is_named_before_anything_is_shared() -> None:
    cast = Cast.of(3)
    with ExitStack() as stack:
        members = [stack.enter_context(worker(cast.session(point))) for point in (2, 3)]
        intruder = stack.enter_context(Intruder(cast, 1))
        links = {point: intruder.dial(point) for point in (2, 3)}
        for point, link in links.items():
            intruder.greet(link, point, seal=bytes(32))
        for member in members:
            assert blame(member.until_met()) == ("hello", 1, "seal-differs")
