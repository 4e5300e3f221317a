"""Names of encoded columns and of sums: one name, one meaning, whatever an owner calls a level."""

from __future__ import annotations

import itertools
import math
from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import plans, schemas

from crypto.parameters import PRODUCTS
from market.plan.factors import (
    Crossed,
    Factor,
    Indicator,
    Moment,
    Numeric,
    Validity,
    Variable,
    crossed,
    family_id,
    in_order,
    moment_id,
    variables_of,
)
from market.plan.lowered import lower
from market.plan.plan import Plan
from market.plan.schema import CategoricalColumn, NumericColumn, Schema
from market.tables.encode import encode_table
from market.tables.plaintext import moment_value

# Printable text of every script, and much of what the names themselves are made of.
TEXT = st.text(
    st.one_of(
        st.sampled_from('=&*#%"\\ ab'),
        st.characters(exclude_categories=("C", "Zl", "Zp", "Zs")),
    ),
    min_size=1,
    max_size=12,
)
VARIABLES = st.one_of(st.builds(Numeric, TEXT), st.builds(Indicator, TEXT, TEXT))
FACTORS = st.one_of(
    st.just(Validity()),
    VARIABLES,
    st.builds(crossed, VARIABLES, VARIABLES),
)
MOMENTS = st.lists(FACTORS, min_size=1, max_size=2).map(in_order)


def factor_named(name: str) -> Factor:
    """What a name says, read the other way round."""
    if name == "#valid":
        return Validity()
    if "*" in name:
        return Crossed(*map(variable_named, name.split("*")))
    return variable_named(name)


def variable_named(name: str) -> Variable:
    if "=" in name:
        return Indicator(*map(unquote, name.split("=")))
    return Numeric(unquote(name))


def moment_named(name: str) -> Moment:
    return tuple(factor_named(part) for part in name.split("&"))


@given(MOMENTS)
def test_name_says_the_moment_and_nothing_else(moment: Moment) -> None:
    name = moment_id(moment)
    assert name.isascii()
    assert name.isprintable()
    assert moment_named(name) == moment


@given(st.lists(MOMENTS, min_size=2, max_size=40, unique=True))
def test_distinct_moments_have_distinct_names(moments: list[Moment]) -> None:
    assert len({moment_id(moment) for moment in moments}) == len(moments)


@given(MOMENTS, MOMENTS)
def test_family_is_the_moment_without_its_levels(one: Moment, other: Moment) -> None:
    def without_levels(moment: Moment) -> list[list[Variable | str | None]]:
        return [
            [v.column if isinstance(v, Indicator) else v for v in variables_of(factor)]
            for factor in moment
        ]

    same = without_levels(one) == without_levels(other)
    assert (family_id(one) == family_id(other)) == same


def test_level_that_looks_like_a_product_keeps_its_own_name() -> None:
    looks_alike = (Indicator("health", "good&visits"),)
    product = (Indicator("health", "good"), Numeric("visits"))
    assert moment_id(looks_alike) == "health=good%26visits"
    assert moment_id(product) == "health=good&visits"
    assert family_id(looks_alike) == "health="
    assert family_id(product) == "health=&visits"


@st.composite
def asked(draw: st.DrawFn) -> tuple[Schema, Plan]:
    schema = draw(schemas())
    return schema, draw(plans(schema))


@settings(max_examples=25)
@given(asked())
def test_sensitivity_of_every_family_is_that_of_the_worst_row(case: tuple[Schema, Plan]) -> None:
    schema, plan = case
    lowered = lower(plan, schema)
    outputs = {output.id: output for output in lowered.outputs}
    worst = dict.fromkeys((family.id for family in lowered.families), 0.0)
    for row in extreme_rows(schema):
        columns = encode_table(row, schema, PRODUCTS).columns
        for family in lowered.families:
            moved = [abs(moment_value(outputs[name], columns)) for name in family.outputs]
            assert sum(1 for change in moved if change) <= 1
            worst[family.id] = max(worst[family.id], math.fsum(moved))
    assert set(worst.values()) == {1.0}


def extreme_rows(schema: Schema) -> list[dict[str, list[object]]]:
    """Tables of one row at every corner of the schema: a moment is largest at one of them."""
    corners: dict[str, tuple[object, ...]] = {}
    for column in schema.columns:
        if isinstance(column, NumericColumn):
            corners[column.name] = (float(column.low), float(column.high))
        elif isinstance(column, CategoricalColumn):
            # What is not a level is OTHER.
            corners[column.name] = (*column.levels, "none of them")
        else:
            corners[column.name] = (True, False)
    if schema.privacy_unit.column:
        corners[schema.privacy_unit.column] = ("p1",)
    return [
        {name: [value] for name, value in zip(corners, row, strict=True)}
        for row in itertools.product(*corners.values())
    ]
