"""A member deals shares that lie on no polynomial of degree t: they are not shares of anything.

Of four members, three honest ones hold more shares than a line needs. One who deals them points off
every line makes the total depend on whose shares the recipient takes, and can blame the delivery.
"""

from __future__ import annotations

from world.cheating_members import adds
from world.local_parties import Ended, run_together

from crypto.mpc.aborts import NOBODY
from crypto.mpc.programs.union import Union

CHEAT = 2
PROGRAM = Union("gaussian", (10**6,) * 5)


def dealt_falsely_to(*points: int) -> Ended:
    cheats = {CHEAT: adds(77, stage="share", to=points, place=3)}
    return run_together(PROGRAM, {}, members=4, is_verified=True, cheats=cheats)


def test_every_member_stops_before_a_share_leaves() -> None:
    ended = dealt_falsely_to(3)
    assert not ended.shares
    ends = {(abort.stage, abort.code) for abort in ended.aborts.values()}
    assert (len(ended.aborts), ends) == (4, {("check", "inconsistent-dealing")})


def test_dealer_is_named_where_nobody_else_can_have_lied() -> None:
    """One false share may be its holder's lie; two of three are more than the one liar there is."""
    assert {abort.party for abort in dealt_falsely_to(3).aborts.values()} == {NOBODY}
    assert {abort.party for abort in dealt_falsely_to(3, 4).aborts.values()} == {CHEAT}
