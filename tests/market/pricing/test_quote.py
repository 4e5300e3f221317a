"""The quote: sound for every neighbour, idempotent, never above what was offered."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import Row, as_columns, cases, plans, schemas
from world.lattices import agg_lattice

from crypto import canonical
from crypto.error_bound import error_bound
from crypto.flooding import floor_squared
from crypto.ladder import HIGHEST, rho_of_rung
from crypto.parameters import PRODUCTS
from market.errors import Refused
from market.plan.dataset import Dataset
from market.plan.expression import Add, Column, Constant, Multiply
from market.plan.factors import Product
from market.plan.lowered import lower
from market.plan.plan import NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import Correlation, Count, GroupBy, Mean, Sum, Variance
from market.pricing.guarantee import epsilon_of, rho_units_of
from market.pricing.lattice import Lattice, Work, ciphertext_lattice
from market.pricing.quote import Quote, quote, quote_at
from market.pricing.quote_document import quote_document
from market.tables.encode import encode_table
from market.tables.plaintext import moment_value

DELTA = "0.000001"
RHO = 10**10


def schema_of(**changes: object) -> Schema:
    numeric = {
        name: NumericColumn(name, "0", "10", name, "points", "midpoint", None, None)
        for name in ("x", "y")
    }
    schema = Schema(
        "small",
        (
            *numeric.values(),
            CategoricalColumn("g", ("a", "b"), "group"),
            BooleanColumn("flag", "a flag", "false"),
        ),
        PrivacyUnit("person", 2, "a person"),
        9_000,
        (Product("x", "x"),),
    )
    return replace(schema, **changes)


def plan_of(*statistics: object, law: str = "gaussian") -> Plan:
    named = [NamedStatistic(f"s{i}", 1, statistic) for i, statistic in enumerate(statistics)]
    return Plan(3, ("visits",), law, tuple(named))


def corner_rows(schema: Schema) -> Iterator[Row]:
    """Every corner of the box a row lies in, and the middle of each side."""
    choices: list[list[object]] = []
    for column in schema.columns:
        if isinstance(column, NumericColumn):
            choices.append([column.low, float(column.midpoint), column.high])
        elif isinstance(column, CategoricalColumn):
            choices.append(list(column.all_levels))
        else:
            choices.append([True, False])
    for values in itertools.product(*choices):
        names = [column.name for column in schema.columns]
        yield dict(zip(names, values, strict=True))


def family_vectors(plan: Plan, schema: Schema, rows: list[Row]) -> dict[str, list[float]]:
    """What rows add up to in every family, in units of its spread."""
    table = as_columns(rows) if rows else {column.name: [] for column in schema.columns}
    encoded = encode_table(table, schema, PRODUCTS).columns
    lowered = lower(plan, schema)
    value = {output.id: moment_value(output, encoded) for output in lowered.outputs}
    return {f.id: [value[output] / f.spread for output in f.outputs] for f in lowered.families}


def declared_l1(schema: Schema) -> int:
    return schema.privacy_unit.max_rows


def implied_rho(
    priced: Quote, plan: Plan, schema: Schema, lattice: Lattice | None = None
) -> Fraction:
    """What the quoted noise scales cost, computed from the theorem alone, in rho units."""
    quoted = {output.output: output for output in priced.outputs}
    rho = Fraction(0)
    for family in lower(plan, schema).families:
        members = [quoted[name] for name in family.outputs]
        bound, size = members[0].bound, family.size
        spread = Fraction(size * bound if plan.law == "laplace" else math.isqrt(size - 1) + 1)
        error = 2 * (spread if plan.law == "laplace" else spread * bound)
        unit = (lattice or agg_lattice(schema)).unit(family.degree, family.weight)
        reach = unit * family.spread * declared_l1(schema) + error
        assert len({member.scale_squared for member in members}) == 1
        # Of Laplace noise it is epsilon^2 / 2.
        rho += reach**2 * 10**12 / (2 * members[0].scale_squared)
    return rho


@settings(max_examples=18)
@given(st.data())
def test_no_unit_moves_a_family_by_more_than_its_sensitivity(data: st.DataObject) -> None:
    schema = data.draw(schemas())
    plan = data.draw(plans(schema))
    corners = list(corner_rows(schema))
    by_row = replace(schema, privacy_unit=PrivacyUnit(None, 1, "a row"), capacity_rows=9_000)
    for row in data.draw(st.lists(st.sampled_from(corners), min_size=8, max_size=8)):
        for vector in family_vectors(plan, by_row, [row]).values():
            touched = [abs(value) for value in vector if value]
            assert len(touched) <= 1
            assert max(touched, default=0.0) <= 1.0
    most = schema.privacy_unit.max_rows
    unit = data.draw(st.lists(st.sampled_from(corners), min_size=1, max_size=most))
    others = data.draw(st.lists(st.sampled_from(corners), min_size=1, max_size=5))
    with_unit = family_vectors(plan, by_row, [*others, *unit])
    without = family_vectors(plan, by_row, others)
    for name, vector in with_unit.items():
        moved = [abs(a - b) for a, b in zip(vector, without[name], strict=True)]
        assert sum(moved) <= declared_l1(schema) + 1e-9


@settings(max_examples=30)
@given(cases(), st.integers(10**6, 10**12))
def test_quoted_noise_pays_for_the_sensitivity(case: object, rho: int) -> None:
    plan, schema = case.plan, case.schema
    priced = quote(lower(plan, schema), rho, DELTA, agg_lattice(schema))
    assert implied_rho(priced, plan, schema) <= priced.rho_units <= rho
    assert sum(statistic.rho_units for statistic in priced.statistics) == priced.rho_units
    for output in priced.outputs:
        assert output.scale_squared >= floor_squared(output.bound)
        if plan.law == "laplace":
            assert math.isqrt(output.scale_squared) ** 2 == output.scale_squared


@settings(max_examples=30)
@given(cases(), st.integers(10**6, 10**12))
def test_quoting_again_at_its_own_price_gives_the_same(case: object, rho: int) -> None:
    priced = quote(lower(case.plan, case.schema), rho, DELTA, agg_lattice(case.schema))
    again = quote(lower(case.plan, case.schema), priced.rho_units, DELTA, agg_lattice(case.schema))
    assert again == priced
    document = canonical.dumps(quote_document(priced))
    assert canonical.dumps(canonical.loads(document)) == document


@settings(max_examples=22)
@given(cases(), st.sampled_from(("0.1", "0.5", "1", "3")))
def test_quoted_epsilon_stays_within_the_asked_one(case: object, epsilon: str) -> None:
    lattice = agg_lattice(case.schema)
    priced = quote_at(lower(case.plan, case.schema), Fraction(epsilon), DELTA, lattice)
    assert Fraction(priced.epsilon) <= Fraction(epsilon)
    families = {output.family: output.rung for output in priced.outputs}.values()
    # One rung more for every family is more than was asked, where there is one.
    rho = sum(rho_of_rung(min(rung + 1, HIGHEST)) for rung in families)
    if priced.guarantee == "pure":
        told = sum(math.sqrt(2e-12 * rho_of_rung(rung)) for rung in families)
        assert float(priced.epsilon) == pytest.approx(told)
    else:
        assert Fraction(priced.epsilon) == Fraction(
            epsilon_of(priced.guarantee, priced.rho_units, DELTA)
        )
        assert rho > rho_units_of(priced.guarantee, Fraction(epsilon), DELTA)


def test_constants_change_neither_outputs_nor_noise() -> None:
    schema = schema_of()
    plain = quote(lower(plan_of(Sum(Column("x"))), schema), RHO, DELTA, agg_lattice(schema))
    scaled = Multiply(Constant("1000000"), Add(Column("x"), Constant("0.5")))
    assert (
        quote(lower(plan_of(Sum(scaled)), schema), RHO, DELTA, agg_lattice(schema)).outputs
        == plain.outputs
    )
    zero = Multiply(Constant("0"), Column("y"))
    assert (
        quote(
            lower(plan_of(Sum(Add(Column("x"), zero))), schema), RHO, DELTA, agg_lattice(schema)
        ).outputs
        == plain.outputs
    )


def test_statistics_share_what_they_open() -> None:
    schema = schema_of()
    plan = plan_of(Count(), Sum(Column("x")), Mean(Column("x")), Mean(Column("x")))
    assert [output.id for output in lower(plan, schema).outputs] == ["#valid", "x"]


def test_share_moves_noise_from_one_statistic_to_another() -> None:
    schema = schema_of()
    plan = plan_of(Sum(Column("flag")), Sum(Column("y")))
    favoured = replace(plan, statistics=(replace(plan.statistics[0], share=9), plan.statistics[1]))
    even, uneven = (
        quote(lower(p, schema), RHO, DELTA, agg_lattice(schema)) for p in (plan, favoured)
    )
    assert uneven.outputs[0].scale_squared < even.outputs[0].scale_squared
    assert uneven.outputs[1].scale_squared > even.outputs[1].scale_squared
    most, least = (statistic.rho_units for statistic in uneven.statistics)
    # To within a rung each.
    assert 9 / 2 ** (1 / 8) < most / least < 9 * 2 ** (1 / 8)


def test_declared_product_needs_no_recomputation() -> None:
    schema = schema_of()
    assert not lower(plan_of(Sum(Multiply(Column("x"), Column("x")))), schema).has_products
    assert lower(plan_of(Sum(Multiply(Column("x"), Column("y")))), schema).has_products
    outputs = lower(plan_of(Correlation(Column("x"), Column("y"))), schema).outputs
    assert [output.id for output in outputs] == ["#valid", "x", "y", "x&y", "x*x", "y&y"]


def test_group_kind_counts_what_stands_inside() -> None:
    plan = plan_of(Count(), GroupBy(("g",), Mean(Column("x"))))
    assert lower(plan, schema_of()).kinds == ("count", "group_by", "mean")


def test_work_counts_ciphertexts_and_products() -> None:
    priced = quote(
        lower(plan_of(GroupBy(("g",), Sum(Column("x")))), schema_of()),
        RHO,
        DELTA,
        agg_lattice(schema_of()),
    )
    # Three levels and x, two ciphertexts of 8,192 values each.
    assert priced.work == Work("ciphertexts", 8, 6)


def test_unit_with_more_rows_costs_proportionally_more_noise() -> None:
    plan = plan_of(Count())
    scales = [
        quote(
            lower(plan, schema_of(privacy_unit=PrivacyUnit("person", rows, "a person"))),
            RHO,
            DELTA,
            agg_lattice(schema_of()),
        )
        .outputs[0]
        .scale_squared
        for rows in (1, 10)
    ]
    assert scales[1] / scales[0] == pytest.approx(100, rel=1e-6)


@pytest.mark.parametrize(
    ("plan", "rho", "rule"),
    [
        (plan_of(Sum(Column("x")), Sum(Column("y"))), 1, "plan-budget-too-small"),
        (plan_of(Sum(Constant("0"))), RHO, "plan-opens-nothing"),
        (plan_of(Sum(Column("z"))), RHO, "plan-column"),
        (plan_of(Sum(Column("g"))), RHO, "plan-categorical"),
        (plan_of(GroupBy(("x",), Sum(Column("x")))), RHO, "plan-not-categorical"),
    ],
)
def test_plan_that_cannot_be_priced_is_refused(plan: Plan, rho: int, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        quote(lower(plan, schema_of()), rho, DELTA, agg_lattice(schema_of()))
    assert refused.value.code == rule


def test_noise_beyond_the_modulus_is_refused() -> None:
    schema = schema_of(privacy_unit=PrivacyUnit("person", 10**9, "a person"))
    with pytest.raises(Refused) as refused:
        quote(
            lower(plan_of(Sum(Multiply(Column("x"), Column("y")))), schema),
            10_000,
            DELTA,
            agg_lattice(schema),
        )
    assert refused.value.code == "plan-noise-too-wide"


def test_plan_of_too_many_sums_is_refused() -> None:
    columns = tuple(
        NumericColumn(f"c{i}", "0", "1", "c", "", "low", None, None) for i in range(100)
    )
    ds = Dataset(schema_of(columns=columns, products=()))
    total = sum(ds[name] for name in ds.columns)
    with pytest.raises(Refused) as refused:
        (total * total * 1).sum()
    assert refused.value.code == "plan-too-large"


def test_another_parameter_set_is_priced_by_its_own_numbers() -> None:
    # A scale of 2^50 leaves the same error in a lattice 2^5 coarser for sums, 2^10 for products.
    parameters = replace(PRODUCTS, name="coarse", scale_log2=50)
    coarse = ciphertext_lattice(schema_of().capacity_rows, parameters)
    finer = agg_lattice(schema_of())
    lowered = lower(plan_of(Mean(Column("x")), Correlation(Column("x"), Column("y"))), schema_of())
    fine, other = (quote(lowered, RHO, DELTA, one) for one in (finer, coarse))
    assert other.rho_units == fine.rho_units
    for output, reference in zip(other.outputs, fine.outputs, strict=True):
        assert output.bound == error_bound(output.degree, coarse.ciphertexts, parameters)
        assert output.scale_squared < reference.scale_squared
        # What people see, an error in the data's units, is the same but for the wider bounds.
        ratio = output.noised(0.0, coarse).sd / reference.noised(0.0, finer).sd
        assert 1 <= ratio < 1 + 2**-10
    assert implied_rho(other, lowered.plan, schema_of(), coarse) <= RHO


def test_quote_says_what_is_inside_a_group() -> None:
    asked = (
        Mean(Column("x")),
        GroupBy(("g",), Mean(Column("x"))),
        GroupBy(("g",), Variance(Column("x"))),
    )
    priced = quote(lower(plan_of(*asked), schema_of()), RHO, DELTA, agg_lattice(schema_of()))
    assert [one.kinds for one in priced.statistics] == [
        ("mean",),
        ("group_by", "mean"),
        ("group_by", "variance"),
    ]
