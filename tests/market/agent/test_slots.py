"""The slot of a reply is a function of what everybody may know."""

from __future__ import annotations

from math import ceil

from hypothesis import given
from hypothesis import strategies as st
from world.declarations import half_epsilon, plan_of, schema
from world.lattices import agg_lattice

from market.agent.slots import ROUND_SECONDS, allowance_microseconds, leaves_at, round_seconds
from market.plan.expression import Column
from market.plan.lowered import lower
from market.plan.plan import Plan
from market.plan.statistics import Covariance, Mean
from market.pricing.quote import quote

MOMENTS = st.floats(0, 4e9)
SLOTS = st.integers(1, 3_600)
ALLOWANCES = st.integers(1, 100_000)
SUMS = plan_of(Mean(Column("visits")))
PRODUCTS = plan_of(Covariance(Column("visits"), Column("insured")))


def allowance(plan: Plan, ciphertexts: int) -> int:
    priced = quote(lower(plan, schema()), half_epsilon(), "0.000001", agg_lattice(schema()))
    return allowance_microseconds(priced.outputs, ciphertexts)


@given(MOMENTS, SLOTS, ALLOWANCES, st.floats(0, 1), st.floats(0, 1))
def test_work_within_the_allowance_leaves_in_one_slot_however_long_it_took(
    seen_at: float, slot: int, allowed: int, one: float, other: float
) -> None:
    # Just below the allowance: at its very end the slot may be the moment itself.
    fast, slow = (seen_at + 0.999 * part * allowed for part in (one, other))
    assert leaves_at(seen_at, fast, allowance_seconds=allowed, slot_seconds=slot) == leaves_at(
        seen_at, slow, allowance_seconds=allowed, slot_seconds=slot
    )


@given(MOMENTS, SLOTS, ALLOWANCES, st.floats(0, 1e6))
def test_late_work_is_due_whole_allowances_later(
    seen_at: float, slot: int, allowed: int, took: float
) -> None:
    done_at = seen_at + took
    due = leaves_at(seen_at, done_at, allowance_seconds=allowed, slot_seconds=slot)
    assert due > done_at
    assert due % slot == 0
    ends = (slot * ceil((seen_at + n * allowed) / slot) for n in range(1, int(took) + 3))
    assert due == next(end for end in ends if end > done_at)


def test_clock_that_leapt_does_not_hold_the_agent_up() -> None:
    assert leaves_at(0.0, 1e12, allowance_seconds=1, slot_seconds=1) == 10**12 + 1


def test_allowance_grows_with_the_plan_and_the_declared_size_alone() -> None:
    # A million rows have 123 ciphertexts.
    assert allowance(SUMS, 1) < allowance(SUMS, 10) < allowance(SUMS, 123) < 1_000_000
    assert allowance(SUMS, 100_000) < allowance(PRODUCTS, 100_000)
    assert allowance(PRODUCTS, 10) < allowance(PRODUCTS, 100)


def test_releases_of_a_round_are_added_before_they_are_rounded_to_seconds() -> None:
    assert round_seconds([]) == ROUND_SECONDS
    assert round_seconds([1]) == round_seconds([400_000, 600_000]) == ROUND_SECONDS + 1
    assert round_seconds([400_000, 600_001]) == ROUND_SECONDS + 2
