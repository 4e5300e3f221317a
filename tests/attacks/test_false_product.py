"""A member deals another number than the product of its shares, and moves a result as it likes.

The recipient would see consistent shares of a false sum. Here the member at every round of products
in turn adds a number to one of them, once also so that both others get a proper sharing of it.
"""

from __future__ import annotations

import pytest
from world.cheating_members import adds
from world.joins import a_join
from world.local_parties import Sent, run_together

from crypto.mpc.aborts import NOBODY, Stage
from crypto.mpc.programs.join import Join

CASE = a_join()
# Two of a block's products, the sums, and the last one, by which the check itself is hidden.
ROUNDS = range(4)
LAST = ROUNDS[-1]


@pytest.mark.parametrize("cheat", [1, 2, 3])
@pytest.mark.parametrize("at", ROUNDS)
def test_every_member_stops_before_a_share_leaves(cheat: int, at: int) -> None:
    others = {1, 2, 3} - {cheat}
    for to in (others, {min(others)}):
        lie = adds(5, stage="multiply", to=to, rounds=(at,))
        ended = run_together(
            Join(CASE.arguments), CASE.blocks, members=3, is_verified=True, cheats={cheat: lie}
        )
        assert not ended.shares
        # What the last one hides is opened next, and there the liar's own share no longer fits.
        end = ("open", "inconsistent-shares") if at == LAST else ("check", "wrong-product")
        assert {(a.stage, a.code, a.party) for a in ended.aborts.values()} == {(*end, NOBODY)}


def test_there_are_no_other_rounds_of_products() -> None:
    stages: list[Stage] = []

    def count(stage: Stage, _before: int, sent: Sent) -> Sent:
        stages.append(stage)
        return sent

    run_together(Join(CASE.arguments), CASE.blocks, members=3, is_verified=True, cheats={1: count})
    assert stages.count("multiply") == len(ROUNDS)
