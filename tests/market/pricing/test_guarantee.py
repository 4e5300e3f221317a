"""What a job's noise guarantees: Gaussian by its profile, Laplace exactly as asked."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.plans import Case, cases
from world.lattices import agg_lattice, join_lattice, union_lattice

from crypto.accounting import rho_for_epsilon
from crypto.gaussian_profile import gaussian_rho_units
from market.errors import Refused
from market.plan.lowered import Lowered, lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, NoiseLaw, Plan
from market.plan.schema import NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import Count
from market.pricing.expected_errors import expected_errors
from market.pricing.guarantee import Guarantee, epsilon_of, rho_units_of
from market.pricing.lattice import Lattice
from market.pricing.quote import Quote, quote_at

DELTA = "0.000001"
X = NumericColumn("x", "0", "10", "a number", "points", "midpoint", None, None)
SCHEMA = Schema("s", (X,), PrivacyUnit(None, 1, "a row"), 9_000, ())
GUARANTEES = get_args(Guarantee)


def counted(law: NoiseLaw) -> Lowered:
    return lower(Plan(PLAN_VERSION, ("visits",), law, (NamedStatistic("n", 1, Count()),)), SCHEMA)


def quoted(lowered: Lowered, epsilon: str, lattice: Lattice) -> Quote:
    return quote_at(lowered, Fraction(epsilon), DELTA, lattice)


def test_pure_count_at_epsilon_1_is_off_by_3_and_costs_half_a_rho() -> None:
    priced = quoted(counted("laplace"), "1", agg_lattice(SCHEMA))
    assert (priced.epsilon, priced.delta, priced.rho_units) == ("1", "0", 5 * 10**11)
    ((error,),) = expected_errors(priced)
    # ln 20, by 2^-39 more for the ciphertext's own error; and beside the lattice's unit exactly 1.
    assert float(error or "nan") == pytest.approx(math.log(20), abs=0.06)
    unit = agg_lattice(SCHEMA).unit(1)
    assert math.isqrt(priced.outputs[0].scale_squared) == pytest.approx(unit, rel=1e-9)


def test_gaussian_count_at_epsilon_1_costs_what_its_profile_says() -> None:
    priced = quoted(counted("gaussian"), "1", agg_lattice(SCHEMA))
    bought = gaussian_rho_units(Fraction(1), Fraction(DELTA))
    # The highest rung below it, of eight between a rho and twice as much.
    assert bought / 2 ** (1 / 8) < priced.rho_units <= bought
    ((error,),) = expected_errors(priced)
    assert float(error or "nan") == pytest.approx(
        1.959964 / math.sqrt(2e-12 * priced.rho_units), abs=0.01
    )


def test_members_gaussian_noise_is_told_by_the_formula_of_zcdp() -> None:
    priced = quoted(counted("gaussian"), "1", union_lattice(SCHEMA))
    bought = rho_for_epsilon(Fraction(1), Fraction(DELTA))
    assert bought / 2 ** (1 / 8) < priced.rho_units <= bought
    assert priced.guarantee == "zcdp"


def test_members_of_a_union_keep_a_pure_epsilon() -> None:
    priced = quoted(counted("laplace"), "1", union_lattice(SCHEMA))
    assert (priced.epsilon, priced.delta, priced.rho_units) == ("1", "0", 5 * 10**11)


def test_join_has_no_pure_epsilon() -> None:
    with pytest.raises(Refused) as refused:
        quoted(counted("laplace"), "1", join_lattice(SCHEMA))
    assert refused.value.code == "plan-not-pure"


@given(cases(), st.sampled_from(("0.1", "1", "3")))
def test_epsilons_of_families_add_up_to_the_one_asked(case: Case, epsilon: str) -> None:
    lattice = agg_lattice(case.schema)
    lowered = lower(replace(case.plan, law="laplace"), case.schema)
    priced = quoted(lowered, epsilon, lattice)
    scale = {one.output: math.isqrt(one.scale_squared) for one in priced.outputs}
    spent = Fraction(0)
    for family in lowered.families:
        bound = lattice.bound(family.degree, family.weight)
        reach = lattice.unit(family.degree) * family.spread * case.schema.privacy_unit.max_rows
        reach += 2 * family.size * bound
        spent += Fraction(reach, scale[family.outputs[0]])
    assert spent <= Fraction(priced.epsilon) <= Fraction(epsilon)
    # Two rungs' worth is kept back at most; here the flooding floor takes nothing.
    assert float(spent) >= float(epsilon) / 2 ** (2 / 16)


@given(
    st.sampled_from(GUARANTEES),
    st.integers(1, 100_000_000).map(lambda millionths: Fraction(millionths, 10**6)),
)
def test_no_more_is_bought_than_was_asked(guarantee: Guarantee, epsilon: Fraction) -> None:
    units = rho_units_of(guarantee, epsilon, DELTA)
    if units:
        assert Fraction(epsilon_of(guarantee, units, DELTA)) <= epsilon
    assert Fraction(epsilon_of(guarantee, units + 1, DELTA)) > epsilon


@given(st.integers(0, 10**18))
def test_pure_epsilon_is_the_root_of_twice_its_charge(units: int) -> None:
    epsilon = Fraction(epsilon_of("pure", units, DELTA))
    assert epsilon**2 >= Fraction(2 * units, 10**12)
    assert (epsilon - Fraction(1, 10**12)) ** 2 < Fraction(2 * units, 10**12) or not units


def test_pure_epsilon_needs_no_delta() -> None:
    assert epsilon_of("pure", 5 * 10**11, "0") == Decimal(1)
