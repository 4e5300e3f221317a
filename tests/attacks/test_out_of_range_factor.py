"""One factor beyond its range opens another member's row.

A sum is noised for rows that count at most one. A match that counts a thousand lets the helper read
the row it picks, and a cell of 2^40 lets either of the others read what it is multiplied with: both
pass through the noise as if it were not there. So every factor is proved to be in its range first.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from world.joins import JoinCase, a_count, a_join
from world.local_parties import Ended, run_together

from crypto.mpc.aborts import NOBODY
from crypto.mpc.field import Elements
from crypto.mpc.programs.join import Join
from crypto.mpc.programs.join_rows import Deal, Rounds
from crypto.mpc.programs.join_table import OwnTable

CASE = a_join()
LEFT, HELPER, RIGHT = 1, 2, 3
BLOCK = CASE.arguments.right.capacity_rows


class DealsFalsely(Join):
    """Changes what it deals of a block."""

    change: Callable[[Elements], None]

    async def pair(self, rounds: Rounds, table: OwnTable | None) -> Deal:
        deal = await super().pair(rounds, table)

        def changed(rows: slice) -> Elements | None:
            dealt = deal(rows)
            assert dealt is not None
            type(self).change(dealt)
            return dealt

        return changed


def ends(case: JoinCase, cheat: int, change: Callable[[Elements], None]) -> Ended:
    cheating = type("Cheat", (DealsFalsely,), {"change": staticmethod(change)})(case.arguments)
    programs = {LEFT: Join(case.arguments), HELPER: Join(case.arguments)}
    programs |= {RIGHT: Join(case.arguments), cheat: cheating}
    return run_together(programs, case.blocks, members=3, is_verified=True)


def match_counts(times: int) -> Callable[[Elements], None]:
    def change(dealt: Elements) -> None:
        matched = dealt[:BLOCK].nonzero()[0]
        dealt[matched[0]] = times

    return change


def own_bit_is(value: int) -> Callable[[Elements], None]:
    def change(dealt: Elements) -> None:
        # Behind the masks of the left member's 18 bits: the lowest bit of the first number.
        dealt[18 * BLOCK : 19 * BLOCK] = value

    return change


def masked_cell_is_off_by(amount: int) -> Callable[[Elements], None]:
    def change(dealt: Elements) -> None:
        # The left member's cell, of a row that matches, through the mask that the right one deals.
        dealt[:BLOCK] += amount

    return change


@pytest.mark.parametrize(
    ("cheat", "change"),
    [
        (HELPER, match_counts(1000)),
        (HELPER, match_counts(2)),
        (RIGHT, own_bit_is(2)),
        (RIGHT, own_bit_is(2**40)),
        (RIGHT, masked_cell_is_off_by(2)),
    ],
)
def test_every_member_stops_before_a_share_leaves(
    cheat: int, change: Callable[[Elements], None]
) -> None:
    ended = ends(CASE, cheat, change)
    assert not ended.shares
    assert {(a.stage, a.party, a.code) for a in ended.aborts.values()} == {
        ("check", NOBODY, "out-of-range")
    }


def test_left_member_cannot_hand_in_a_cell_of_two() -> None:
    class CellOfTwo(Join):
        async def pair(self, rounds: Rounds, table: OwnTable | None) -> Deal:
            assert table is not None
            bits = table.bits.copy()
            bits[3] = 2
            return await super().pair(rounds, OwnTable(table.people, bits))

    programs = {LEFT: CellOfTwo(CASE.arguments)}
    programs |= {point: Join(CASE.arguments) for point in (HELPER, RIGHT)}
    ended = run_together(programs, CASE.blocks, members=3, is_verified=True)
    assert {a.code for a in ended.aborts.values()} == {"out-of-range"}


def test_verified_count_counts_everybody_once() -> None:
    case = a_count()
    programs = {1: Join(case.arguments), 2: Join(case.arguments)}
    cheating = type("Cheat", (DealsFalsely,), {"change": staticmethod(match_counts(1000))})
    ended = run_together(
        programs | {3: cheating(case.arguments)}, case.blocks, members=3, is_verified=True
    )
    assert {a.code for a in ended.aborts.values()} == {"out-of-range"}
