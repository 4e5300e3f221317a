"""Attack: a member takes a second member's place with its own certificate.

Stock MPyC accepts any certificate of its authority for any party: with three members, whoever holds
two places gets two shares of everything, which is everything. Here a certificate is one point's.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace

from world.mpc_members import PATIENT, Cast, Intruder, blame, worker


def test_member_cannot_take_anothers_place_with_its_own_certificate() -> None:
    cast, hurried = Cast.of(3), replace(PATIENT, connect_seconds=4)
    with ExitStack() as stack:
        honest = stack.enter_context(worker(cast.session(3, deadlines=hurried)))
        intruder = stack.enter_context(Intruder(cast, 1))
        intruder.join(3)
        with suppress(OSError, AssertionError):
            intruder.greet(intruder.dial(3), 3, point=2, keys=bytes(16))
        assert blame(honest.until_met()) == ("connect", 2, "member-absent")


def test_member_that_names_anothers_point_is_named_itself() -> None:
    cast, hurried = Cast.of(3), replace(PATIENT, connect_seconds=4)
    with ExitStack() as stack:
        honest = [
            stack.enter_context(worker(cast.session(point, deadlines=hurried))) for point in (2, 3)
        ]
        intruder = stack.enter_context(Intruder(cast, 1))
        links = {point: intruder.dial(point) for point in (2, 3)}
        for point, link in links.items():
            intruder.greet(link, point, point=2)
        for member in honest:
            assert blame(member.until_met()) == ("hello", 1, "seal-differs")
