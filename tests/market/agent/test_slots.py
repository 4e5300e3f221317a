"""The slot of a reply is a function of what everybody may know."""

from __future__ import annotations

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from market.agent.slots import ROUND_SECONDS, allowance_seconds, leaves_at

MOMENTS = st.floats(0, 4e9)
SLOTS = st.integers(1, 3_600)
ALLOWANCES = st.integers(1, 100_000)


@given(MOMENTS, SLOTS, ALLOWANCES, st.floats(0, 1), st.floats(0, 1))
def test_work_within_the_allowance_leaves_in_one_slot_however_long_it_took(
    since: float, slot: int, allowed: int, one: float, other: float
) -> None:
    # Just below the allowance: at its very end the slot may be the moment itself.
    fast, slow = (since + 0.999 * part * allowed for part in (one, other))
    assert leaves_at(since, fast, allowance_seconds=allowed, slot_seconds=slot) == leaves_at(
        since, slow, allowance_seconds=allowed, slot_seconds=slot
    )


@given(MOMENTS, SLOTS, ALLOWANCES, st.floats(0, 1e6))
def test_late_work_is_due_whole_allowances_later(
    since: float, slot: int, allowed: int, took: float
) -> None:
    done_at = since + took
    due = leaves_at(since, done_at, allowance_seconds=allowed, slot_seconds=slot)
    assert due > done_at
    assert due % slot == 0
    ends = (slot * ceil((since + n * allowed) / slot) for n in range(1, int(took) + 3))
    assert due == next(end for end in ends if end > done_at)


def test_clock_that_leapt_does_not_hold_the_agent_up() -> None:
    assert leaves_at(0.0, 1e12, allowance_seconds=1, slot_seconds=1) == 10**12 + 1


def test_allowance_follows_from_the_outputs_alone_and_is_rounded_once() -> None:
    assert allowance_seconds([]) == ROUND_SECONDS
    assert allowance_seconds([1]) == allowance_seconds([1] * 4) == ROUND_SECONDS + 1
    assert allowance_seconds([1] * 5) == ROUND_SECONDS + 2
    assert allowance_seconds([100]) < allowance_seconds([1_000])
