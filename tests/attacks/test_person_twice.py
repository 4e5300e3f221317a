"""A member names a person in two rows, so that they count twice in a sum noised for once.

The helper, who alone sees both tables' tags, sees the same tag twice.
"""

from __future__ import annotations

import pytest
from world.joins import a_count
from world.local_parties import run_together

from crypto.mpc.programs.join import Join
from crypto.mpc.programs.join_rows import Deal, Rounds
from crypto.mpc.programs.join_table import OwnTable

CASE = a_count()
HELPER = 3


class NamesTwice(Join):
    """Gives its last row to the person of the one before."""

    async def pair(self, rounds: Rounds, table: OwnTable | None) -> Deal:
        assert table is not None
        people = table.people.copy()
        people[-1] = people[-2]
        return await super().pair(rounds, OwnTable(people, table.bits))


@pytest.mark.parametrize("cheat", [1, 2])
@pytest.mark.parametrize("is_verified", [False, True])
def test_member_is_named_before_anything_is_counted(cheat: int, is_verified: bool) -> None:
    programs = {point: Join(CASE.arguments) for point in (1, 2, HELPER)}
    programs[cheat] = NamesTwice(CASE.arguments)
    ended = run_together(programs, CASE.blocks, members=3, is_verified=is_verified)
    assert not ended.shares
    assert {(a.party, a.code) for a in ended.aborts.values()} == {(cheat, "person-repeated")}
