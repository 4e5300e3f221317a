"""What is new of an opening, by what was released before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from strategies.plans import Case, cases
from world.lattices import agg_lattice

from crypto.flooding import flooding_units
from crypto.ladder import Ladder, rho_of_rung
from market.plan.lowered import lower
from market.pricing.opening import New, OpenedSum, Opening, Rungs, SumId, newly
from market.pricing.quote import quote

LADDER = Ladder("gaussian", 2**50, 2**20)
MALE, FEMALE = (SumId("sex=", LADDER.id, f"sex={level}") for level in ("male", "female"))
AGE = SumId("age", LADDER.id, "age")
sums = st.sampled_from([MALE, FEMALE, AGE])
histories = st.lists(st.dictionaries(sums, st.integers(-100, 20), min_size=1), max_size=6)


def opening(rungs: Rungs) -> Opening:
    return Opening(tuple(OpenedSum(one, rung) for one, rung in rungs.items()))


def joined(had: Rungs, rungs: Rungs) -> Rungs:
    return {one: max(rungs.get(one, -999), had.get(one, -999)) for one in {*had, *rungs}}


def test_other_levels_of_a_family_cost_the_key_alone() -> None:
    """A row is in one level: all of them at a rung are one mechanism, paid for with the first."""
    new = newly(opening({FEMALE: -20}), {MALE: -20})
    key = flooding_units(LADDER.bound, LADDER.scale_squared(-20))
    assert new == New(0, key)


def test_finer_rung_costs_the_difference_and_a_coarser_one_nothing() -> None:
    finer = newly(opening({MALE: -12}), {MALE: -20})
    assert finer.rho_units == rho_of_rung(-12) - rho_of_rung(-20)
    assert newly(opening({MALE: -28}), {MALE: -20}) == New(0, 0)


@given(histories)
def test_all_releases_together_cost_what_the_finest_of_each_family_does(
    history: list[dict[SumId, int]],
) -> None:
    had: Rungs = {}
    rho_units = key_units = 0
    for rungs in history:
        new = newly(opening(rungs), had)
        assert min(new.rho_units, new.key_units) >= 0
        rho_units, key_units = rho_units + new.rho_units, key_units + new.key_units
        had = joined(had, rungs)
    finest: dict[str, int] = {}
    for one, rung in had.items():
        finest[one.family] = max(rung, finest.get(one.family, rung))
    assert rho_units == sum(map(rho_of_rung, finest.values()))
    assert key_units == sum(
        flooding_units(LADDER.bound, LADDER.scale_squared(rung)) for rung in had.values()
    )


@given(histories, histories)
def test_people_never_pay_more_than_a_buyer(
    own: list[dict[SumId, int]], others: list[dict[SumId, int]]
) -> None:
    mine: Rungs = {}
    for rungs in own:
        mine = joined(mine, rungs)
    everybody = mine
    for rungs in others:
        everybody = joined(everybody, rungs)
    asked = opening({MALE: -8, AGE: -30})
    assert newly(asked, everybody).rho_units <= newly(asked, mine).rho_units


@given(cases(), st.integers(10**9, 10**12))
def test_new_opening_costs_what_its_quote_says(case: Case, rho_units: int) -> None:
    priced = quote(lower(case.plan, case.schema), rho_units, "0.000001", agg_lattice(case.schema))
    assert newly(priced.opening, {}).rho_units == priced.rho_units
    had = {one.sum: one.rung for one in priced.opening.sums}
    assert newly(priced.opening, had) == New(0, 0)
