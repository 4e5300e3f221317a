"""Names of encoded columns and of sums: one name, one meaning, whatever an owner calls a level."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote

import numpy as np
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
from market.plan.moments import Opened
from market.plan.plan import Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    DateColumn,
    NumericColumn,
    Schema,
)
from market.tables.encode import encode_table
from market.tables.table import Floats

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
    opened = {one.id: one for one in lowered.opened}
    for family in lowered.families:
        sums = [opened[name] for name in family.outputs]
        members = [moment for one in sums for _, moment in one.terms]
        table = extreme_rows(schema, columns_of(members))
        roomy = replace(schema, capacity_rows=len(table["x"]))
        columns = encode_table(table, roomy, PRODUCTS).columns
        # What each row alone adds to each of the family's sums.
        added = np.array([added_by_each_row(one, columns) for one in sums])
        assert np.count_nonzero(added, axis=0).max() <= 1
        worst = np.abs(added).sum(axis=0).max()
        if family.spread == 1:
            never = worst == 0.0 and no_day_has_both(members)
            assert worst == 1.0 or never or is_number_in_its_own_bin(members)
        # Of a weighted sum columns may hang together, so that no row has all at their ends.
        assert worst <= family.spread
        assert family.weight == max(one.weight for one in sums)


def added_by_each_row(opened: Opened, columns: Mapping[str, Floats]) -> Floats:
    """What every row alone adds to an opened sum."""
    terms = (
        weight * np.prod([columns[one.id] for one in moment], axis=0)
        for weight, moment in opened.terms
    )
    return np.sum(list(terms), axis=0)


def columns_of(moments: list[Moment]) -> set[str]:
    """The owner's columns that they are made of."""
    variables = (one for moment in moments for factor in moment for one in variables_of(factor))
    return {variable.column.partition(".")[0] for variable in variables}


def is_number_in_its_own_bin(members: list[Moment]) -> bool:
    """Whether one is of a number and a bin of it: in a middle bin no row has it at an end."""
    return any(
        {f"{one.column}.bin" for one in variables if isinstance(one, Numeric)}
        & {one.column for one in variables if isinstance(one, Indicator)}
        for variables in (
            [variable for factor in moment for variable in variables_of(factor)]
            for moment in members
        )
    )


def no_day_has_both(moments: list[Moment]) -> bool:
    """Whether they are of two parts of a date: some years have not all months."""
    keys = {one.column for moment in moments for factor in moment for one in variables_of(factor)}
    return {"day.year", "day.month"} <= keys


def extreme_rows(schema: Schema, varied: set[str]) -> dict[str, list[object]]:
    """A row at every corner of some columns, each of another person: a moment of them is largest
    at one."""
    corners: dict[str, tuple[object, ...]] = {}
    for column in schema.columns:
        match column:
            case NumericColumn():
                ends = column.bins or (column.low, column.high)
                corners[column.name] = tuple(map(float, ends))
            case CategoricalColumn():
                # What is not a level is OTHER.
                corners[column.name] = (*column.levels, "none of them")
            case DateColumn():
                months = (f"2019-{month:02}-15" for month in range(3, 13))
                days = (f"2020-02-{day:02}" for day in range(1, 8))
                corners[column.name] = ("2019-02-28", "2020-01-31", *months, *days, "1999-01-01")
            case BooleanColumn():
                corners[column.name] = (True, False)
    chosen = [ends if name in varied else ends[:1] for name, ends in corners.items()]
    rows = list(itertools.product(*chosen))
    table = {name: [row[place] for row in rows] for place, name in enumerate(corners)}
    if schema.privacy_unit.column:
        table[schema.privacy_unit.column] = [f"p{number}" for number in range(len(rows))]
    return table
