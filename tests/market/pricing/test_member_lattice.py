"""Pricing for members who compute together: exact sums, everybody's noise, every run paid for."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import cases
from world.lattices import agg_lattice, join_lattice, union_lattice

from crypto.joint_noise import allowance_rho_units
from crypto.shamir import PRIME
from market import wire
from market.errors import Refused
from market.plan.expression import Column, Multiply
from market.plan.lowered import Lowered, lower
from market.plan.moments import Family
from market.plan.plan import NamedStatistic, NoiseLaw, Plan
from market.plan.schema import NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import Count, Mean, Statistic, Sum
from market.pricing.lattice import AnyLattice, MemberLattice, Work
from market.pricing.opening import New, newly
from market.pricing.quote import Quote, quote

DELTA = "0.000001"
RHO = 10**10
NUMBERS = tuple(
    NumericColumn(name, "0", "10", name, "points", "midpoint", None, None) for name in ("x", "y")
)
SCHEMA = Schema("joint", NUMBERS, PrivacyUnit("person", 1, "a person"), 9_000, ())


def asked(*statistics: Statistic, law: NoiseLaw = "gaussian") -> Lowered:
    named = tuple(NamedStatistic(f"s{i}", 1, one) for i, one in enumerate(statistics))
    return lower(Plan(3, ("grid",), law, named), SCHEMA)


def paid(priced: Quote, lattice: MemberLattice, max_rows: int) -> Fraction:
    """What the scales cost by the theorem alone, in rho units: there is no error to add but the
    rounding of weighted sums."""
    scale = {one.output: one.scale_squared for one in priced.outputs}

    def reach(family: Family) -> int:
        rounding = len(family.outputs) * (family.weight > 1)
        return lattice.unit(family.degree, family.weight) * family.spread * max_rows + rounding

    return sum(
        (
            Fraction(reach(family) ** 2 * 10**12) / (2 * scale[family.outputs[0]])
            for family in priced.lowered.families
        ),
        Fraction(0),
    )


@settings(max_examples=30)
@given(cases(), st.integers(10**6, 10**12), st.integers(3, 9), st.booleans())
def test_honest_members_noise_pays_for_the_sensitivity(
    case: object, rho: int, members: int, is_join: bool
) -> None:
    schema = case.schema
    lattice = join_lattice(schema, 7) if is_join else union_lattice(schema, members)
    # A join has no pure epsilon.
    lowered = lower(replace(case.plan, law="gaussian") if is_join else case.plan, schema)
    try:
        priced = quote(lowered, rho, DELTA, lattice)
    except Refused as error:
        if error.code not in ("plan-budget-too-small", "plan-noise-too-wide"):
            raise
        return
    assert priced.rho_units <= rho
    surcharge = allowance_rho_units(lowered.plan.law, len(lowered.outputs)) + 7 * is_join
    assert priced.surcharge_rho_units == surcharge
    assert paid(priced, lattice, schema.privacy_unit.max_rows) <= priced.rho_units - surcharge
    assert sum(one.rho_units for one in priced.statistics) == priced.rho_units - surcharge
    assert quote(lowered, priced.rho_units, DELTA, lattice) == priced
    for output in priced.outputs:
        weight = output.opened.weight
        assert output.bound == (weight > 1)
        tail = lattice.tail(output.law, output.scale_squared)
        assert 2 * (lattice.largest(output.degree, weight) + tail) < PRIME


@pytest.mark.parametrize(
    ("capacity_rows", "scale_log2"), [(1, 30), (2**26, 30), (2**26 + 1, 29), (2**30, 26)]
)
def test_union_keeps_its_sums_below_2_to_the_56(capacity_rows: int, scale_log2: int) -> None:
    lattice = union_lattice(replace(SCHEMA, capacity_rows=capacity_rows))
    assert lattice.unit(1) == lattice.unit(2) == 1 << scale_log2
    assert lattice.largest(2) <= 1 << 56


@pytest.mark.parametrize(("weight", "scale_log2"), [(1, 30), (2, 29), (190, 22), (2**16, 14)])
def test_weighted_sum_of_a_union_takes_the_room_of_a_columns(weight: int, scale_log2: int) -> None:
    lattice = union_lattice(SCHEMA)
    assert lattice.unit(1, weight) == 1 << scale_log2
    assert lattice.largest(1) // 2 < lattice.largest(1, weight) <= lattice.largest(1)


def test_join_multiplies_factors_of_16_bits() -> None:
    lattice = join_lattice(SCHEMA)
    assert (lattice.unit(1), lattice.unit(2)) == (65_535, 65_535**2)


@pytest.mark.parametrize(("law", "times"), [("gaussian", 3 / 2), ("laplace", 2)])
def test_quoted_error_is_of_all_members_noise(law: NoiseLaw, times: float) -> None:
    lattice = union_lattice(SCHEMA)
    (output,) = quote(asked(Count(), law=law), RHO, DELTA, lattice).outputs
    honest = output.scale_squared * (2 if law == "laplace" else 1)
    sd = output.noised(0.0, lattice).sd * lattice.unit(1)
    assert sd == pytest.approx(math.sqrt(times * honest), rel=1e-9)


def test_members_open_more_exactly_than_a_ciphertext_floods() -> None:
    lowered = asked(Sum(Multiply(Column("x"), Column("y"))))
    (ours,) = quote(lowered, RHO, DELTA, union_lattice(SCHEMA, 9)).outputs[-1:]
    (theirs,) = quote(lowered, RHO, DELTA, agg_lattice(SCHEMA)).outputs[-1:]
    ratio = ours.noised(0, union_lattice(SCHEMA, 9)).sd / theirs.noised(0, agg_lattice(SCHEMA)).sd
    # Nine members add what five would have to.
    assert ratio == pytest.approx(math.sqrt(9 / 5), rel=1e-3)


def test_every_run_of_a_join_is_charged_its_intersection() -> None:
    lowered = asked(Count())
    plain, dear = (quote(lowered, RHO, DELTA, join_lattice(SCHEMA, units)) for units in (1, 10**9))
    assert (plain.surcharge_rho_units, dear.surcharge_rho_units) == (2, 10**9 + 1)
    assert dear.rho_units <= RHO
    assert dear.outputs[0].scale_squared > plain.outputs[0].scale_squared


def test_surcharge_above_what_is_offered_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        quote(asked(Count()), 10**9, DELTA, join_lattice(SCHEMA, 10**9))
    assert refused.value.code == "plan-budget-too-small"


def test_noise_beyond_the_field_is_refused() -> None:
    schema = replace(SCHEMA, privacy_unit=PrivacyUnit("person", 10**6, "a person"))
    with pytest.raises(Refused) as refused:
        quote(lower(asked(Sum(Column("x"))).plan, schema), 1_000_000, DELTA, union_lattice(schema))
    assert refused.value.code == "plan-noise-too-wide"


def test_work_of_a_union_is_its_sums_and_of_a_join_its_rows() -> None:
    lowered = asked(Mean(Column("x")), Sum(Multiply(Column("x"), Column("y"))))
    union, join = (
        quote(lowered, RHO, DELTA, lattice).work
        for lattice in (union_lattice(SCHEMA), join_lattice(SCHEMA))
    )
    assert union == Work("dealt values", len(lowered.outputs), 0)
    # The match and two columns of every row; all sums but the number of rows are of products.
    assert join == Work("dealt values", 27_000, 9_000 * (len(lowered.outputs) - 1))


def test_every_run_of_members_is_new_as_a_whole() -> None:
    priced = quote(asked(Count()), RHO, DELTA, union_lattice(SCHEMA))
    encrypted = quote(asked(Count()), RHO, DELTA, agg_lattice(SCHEMA))
    had = {one.sum: one.rung for one in encrypted.opening.sums}
    assert newly(priced.opening, had).rho_units == priced.rho_units
    assert newly(encrypted.opening, had) == New(0, 0)


@pytest.mark.parametrize("lattice", [agg_lattice(SCHEMA), join_lattice(SCHEMA, 5)])
def test_lattice_travels(lattice: AnyLattice) -> None:
    kind = type(lattice)
    assert wire.decode(kind, wire.encode(lattice)) == lattice
