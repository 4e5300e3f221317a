"""A member gives a row two levels of one group, so that it counts in two cells instead of one.

Noise is drawn for rows that touch one cell of a contingency table. Each level is a proper bit; only
their sum shows that there are two.
"""

from __future__ import annotations

import pytest
from world.joins import a_join
from world.local_parties import run_together

from crypto.mpc.aborts import NOBODY
from crypto.mpc.programs.join import Join
from crypto.mpc.programs.join_rows import Deal, Rounds
from crypto.mpc.programs.join_table import OwnTable

CASE = a_join()


class TwoLevels(Join):
    """Sets both bits of the group in every row."""

    async def pair(self, rounds: Rounds, table: OwnTable | None) -> Deal:
        assert table is not None
        bits = table.bits.copy()
        bits[16:18] = 1
        return await super().pair(rounds, OwnTable(table.people, bits))


@pytest.mark.parametrize("cheat", [1, 3])
def test_every_member_stops_before_a_share_leaves(cheat: int) -> None:
    programs = {point: Join(CASE.arguments) for point in (1, 2, 3)}
    programs[cheat] = TwoLevels(CASE.arguments)
    ended = run_together(programs, CASE.blocks, members=3, is_verified=True)
    assert not ended.shares
    assert {(a.stage, a.party, a.code) for a in ended.aborts.values()} == {
        ("check", NOBODY, "out-of-range")
    }
