"""Attack: weights that let one row weigh more in a sum opened as one than its noise is made for.

The buyer chooses a weighted sum's weights; the noise has to grow with them. Whatever weights are
asked, of levels, of numbers or of both, under any name: what a person's rows add to all that is
opened, each in scales of its own noise, stays within the epsilon that was asked for.
"""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world.lattices import agg_lattice

from crypto.parameters import PRODUCTS
from market.plan.dataset import Dataset
from market.plan.lowered import Lowered, lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.pricing.quote import quote_at
from market.tables.encode import encode_table
from market.tables.plaintext import moment_value

MAX_ROWS = 2
EPSILON = Fraction(1)
SCHEMA = Schema(
    "clinic",
    (
        NumericColumn("visits", "0", "50", "visits", "per year", "midpoint", None, None),
        NumericColumn("age", "18", "95", "age", "years", "midpoint", None, None),
        CategoricalColumn("health", ("good", "poor"), "health"),
        BooleanColumn("child", "a child", "false"),
    ),
    PrivacyUnit("person", MAX_ROWS, "a person"),
    4_000,
    (),
)
DS = Dataset(SCHEMA)
CORNERS = [
    {"visits": visits, "age": age, "health": health, "child": child, "person": "target"}
    for visits in (0.0, 50.0)
    for age in (18.0, 95.0)
    for health in ("good", "poor", "other")
    for child in (True, False)
]
WEIGHTS = st.integers(-40, 40) | st.sampled_from((10**3, -(10**6), 10**12))


def weighed(weights: dict[str, object], constant: int) -> Lowered:
    total = (DS.score(weights, constant) + DS["child"]).sum()
    named = (NamedStatistic("total", 1, total.statistic),)
    return lower(Plan(PLAN_VERSION, ("clinic",), "laplace", named), SCHEMA)


def loss(lowered: Lowered, rows: list[dict[str, object]]) -> float:
    """How much likelier these rows may make what is opened: in scales of its noise, added up."""
    lattice = agg_lattice(SCHEMA)
    columns = encode_table({n: [row[n] for row in rows] for n in rows[0]}, SCHEMA, PRODUCTS).columns
    return sum(
        abs(moment_value(output.opened, columns))
        * lattice.unit(output.degree, output.opened.weight)
        / math.isqrt(output.scale_squared)
        for output in quote_at(lowered, EPSILON, "0.000001", lattice).outputs
    )


@given(
    st.fixed_dictionaries(
        {"visits": WEIGHTS, "age": WEIGHTS},
        optional={
            "health": st.fixed_dictionaries(dict.fromkeys(("good", "poor", "OTHER"), WEIGHTS))
        },
    ),
    st.integers(-50, 50),
    st.sampled_from(CORNERS),
)
def test_no_weights_let_a_person_weigh_more_than_was_paid_for(
    weights: dict[str, object], constant: int, row: dict[str, object]
) -> None:
    assert loss(weighed(weights, constant), [row] * MAX_ROWS) <= EPSILON


@pytest.mark.parametrize("heavy", [2, 7, 5_000])
def test_row_of_the_heaviest_level_is_what_the_noise_is_made_for(heavy: int) -> None:
    total = DS["health"].map({"good": 1, "poor": heavy, "OTHER": -1}).sum()
    named = (NamedStatistic("total", 1, total.statistic),)
    lowered = lower(Plan(PLAN_VERSION, ("clinic",), "laplace", named), SCHEMA)
    assert [output.weight for output in lowered.outputs] == [heavy + 2]
    poor = next(row for row in CORNERS if row["health"] == "poor")
    assert loss(lowered, [poor] * MAX_ROWS) == pytest.approx(1, rel=1e-6)
