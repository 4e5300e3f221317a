"""Moments opened as one: when, at what sensitivity, under which name, and never for worse."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import cases
from world.lattices import agg_lattice

from crypto.parameters import PRODUCTS
from market.plan.asked import AskedStatistic
from market.plan.combined import (
    MAXIMUM_TERMS,
    MAXIMUM_WEIGHT_OF_ROWS,
    MAXIMUM_WEIGHT_OF_UNIT,
)
from market.plan.dataset import Dataset
from market.plan.decimals import fraction_of
from market.plan.factors import Product
from market.plan.human import describe
from market.plan.lowered import Lowered, lower, with_law
from market.plan.moments import Output
from market.plan.plan import PLAN_VERSION, NamedStatistic, NoiseLaw, Plan
from market.plan.schema import CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.pricing.quote import quote_at
from market.tables.encode import encode_table
from market.tables.table import Floats

GROUPS = tuple(f"level {number}" for number in range(100))


def number(name: str, low: str, high: str) -> NumericColumn:
    return NumericColumn(name, low, high, f"a {name}", "points", "midpoint", None, None)


COLUMNS = (
    number("age", "18", "95"),
    number("share", "0.5", "99.5"),
    number("even", "-10", "10"),
    CategoricalColumn("group", ("a", "b"), "a group"),
    CategoricalColumn("many", GROUPS, "many groups"),
)
SCHEMA = Schema(
    "rows",
    COLUMNS,
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (Product("age", "group"), Product("group", "share")),
)
DS = Dataset(SCHEMA)
ROWS = list(itertools.product(*(["low", "high"],) * 3, ["a", "b", "OTHER"]))
TABLE = {
    **{
        one.name: [float(getattr(one, row[place])) for row in ROWS]
        for place, one in enumerate(COLUMNS[:3])
    },
    "group": [row[3] for row in ROWS],
    "many": [GROUPS[0] for _ in ROWS],
}
CORNERS = encode_table(TABLE, SCHEMA, PRODUCTS).columns
"""Encoded columns of a row at every corner."""


def asked(*asked: AskedStatistic, law: NoiseLaw = "laplace", schema: Schema = SCHEMA) -> Lowered:
    named = (NamedStatistic(f"s{i}", 1, one.statistic) for i, one in enumerate(asked))
    return lower(Plan(PLAN_VERSION, ("rows",), law, tuple(named)), schema)


def names(lowered: Lowered) -> list[str]:
    return [output.id for output in lowered.outputs]


def test_sum_of_a_column_is_one_output_under_laplace_noise_alone() -> None:
    lowered = asked(DS["age"].sum())
    assert lowered.outputs == (Output("113:#valid+77:age", ("#valid", "age"), (113, 77)),)
    (family,) = lowered.families
    assert (family.spread, family.weight, family.degree) == (190, 190, 1)
    assert names(with_law(lowered, "gaussian")) == ["#valid", "age"]
    assert with_law(with_law(lowered, "gaussian"), "laplace") == lowered


@pytest.mark.parametrize(
    ("low", "high"),
    [("0", "77"), ("0", "50000"), ("18", "95"), ("-10", "10"), ("0.5", "99.5"), ("-3", "-2.25")],
)
def test_a_row_moves_a_sum_by_the_larger_bound_in_size(low: str, high: str) -> None:
    schema = replace(SCHEMA, columns=(number("x", low, high),), products=())
    lowered = asked(Dataset(schema)["x"].sum(), schema=schema)
    ((((factor, _),),),) = lowered.statistics[0].sums
    (family,) = lowered.families
    larger = max(abs(fraction_of(low)), abs(fraction_of(high)))
    assert abs(factor) * family.spread == larger


def test_weights_of_levels_cost_the_largest_of_them() -> None:
    lowered = asked(DS["group"].map({"a": 3, "b": -5, "OTHER": 1}).sum())
    assert names(lowered) == ["1:group=OTHER+3:group=a+-5:group=b"]
    (family,) = lowered.families
    assert (family.spread, family.weight) == (5, 9)


def test_level_of_no_weight_is_not_opened() -> None:
    lowered = asked(DS["group"].map({"a": 2, "b": 0, "OTHER": 1}).sum())
    assert names(lowered) == ["1:group=OTHER+2:group=a"]


def test_sums_of_the_groups_of_a_declared_product_are_one_family() -> None:
    lowered = asked(DS.group_by("group")["age"].sum())
    (family,) = lowered.families
    assert family.id == "77:age*group=+113:group="
    assert family.outputs == tuple(
        f"77:age*group={level}+113:group={level}" for level in ("a", "b", "OTHER")
    )
    assert family.spread == 190


def test_mean_of_a_score_opens_the_rows_and_the_score() -> None:
    score = DS.score({"age": 2, "share": 0.5, "group": {"a": 1, "b": 2, "OTHER": 0}}, 7)
    assert names(asked(score.mean())) == ["#valid", "308:age+4:group=a+8:group=b+99:share"]


@pytest.mark.parametrize(
    "statistics",
    [
        [DS["age"].sum(), DS.count()],
        [DS["age"].sum(), DS["share"].sum()],
        [DS["age"].sum(), (DS["age"] + 1).sum()],
        [DS["age"].mean()],
        [DS["even"].sum()],
        [DS["group"].histogram()],
        [(DS["age"] * DS["even"]).sum()],
    ],
    ids=["count", "two sums", "two of one", "mean", "middle of 0", "histogram", "product"],
)
def test_moments_that_serve_several_sums_stay(statistics: Sequence[AskedStatistic]) -> None:
    assert all(not output.weights for output in asked(*statistics).outputs)


def test_sum_has_one_name_whatever_it_is_multiplied_by() -> None:
    three = asked(DS["age"].sum(), (DS["age"] * -3).sum(), (DS["age"] * 0.25).sum())
    assert names(three) == ["113:#valid+77:age"]
    factors = [one.sums[0][0][0][0] for one in three.statistics]
    assert factors == [Fraction(1, 2), Fraction(-3, 2), Fraction(1, 8)]


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": (number("age", "0.0001", "100"), *COLUMNS[1:])},
        {"privacy_unit": PrivacyUnit("person", MAXIMUM_WEIGHT_OF_UNIT // 190 + 1, "a person")},
        {"capacity_rows": MAXIMUM_WEIGHT_OF_ROWS // 190 + 1},
    ],
    ids=["weights", "rows of a unit", "rows"],
)
def test_weights_that_take_too_much_room_leave_the_moments(changes: dict[str, object]) -> None:
    schema = replace(SCHEMA, **changes)
    assert names(asked(Dataset(schema)["age"].sum(), schema=schema)) == ["#valid", "age"]


def test_sum_of_too_many_columns_leaves_the_moments() -> None:
    levels = [*GROUPS, "OTHER"]
    weighed = DS["many"].map({level: place + 1 for place, level in enumerate(levels)}).sum()
    assert len(levels) > MAXIMUM_TERMS
    assert all(not output.weights for output in asked(weighed).outputs)


def test_person_reads_every_weight() -> None:
    text = describe(asked(DS["age"].sum()))
    assert "Opened: 1 sum over all rows, with laplace noise, and nothing else" in text
    assert "  1. in one: 113 x number of rows; 77 x sum of age (a age, in points; clipped" in text


@pytest.mark.parametrize(
    ("columns", "weights"), [(("a", "b"), (1,)), (("a", "b"), (1, 0)), ((), (1,))]
)
def test_output_has_a_weight_for_each_column(
    columns: tuple[str, ...], weights: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="a weight other than 0"):
        Output("o", columns, weights)


def apart(lowered: Lowered) -> Lowered:
    """The same question, every moment opened by itself."""
    return replace(with_law(lowered, "gaussian"), plan=lowered.plan)


def sds(lowered: Lowered) -> list[float]:
    """How far noise moves every sum of every statistic, one standard deviation."""
    lattice = agg_lattice(lowered.schema)
    priced = quote_at(lowered, Fraction(3), "0.000001", lattice)
    sd = {output.output: output.noised(0.0, lattice).sd for output in priced.outputs}
    sums = (sum_ for one in lowered.statistics for part in one.sums for sum_ in part)
    return [math.hypot(*(float(value) * sd[one.id] for value, one in sum_)) for sum_ in sums]


@st.composite
def weighed_questions(draw: st.DrawFn) -> Lowered:
    """Sums and means of drawn scores, by groups or not, with drawn shares."""
    weights = st.integers(-9, 9)
    # The age is added to every score: something is left of it.
    columns = {"age": st.integers(0, 9), "share": weights, "even": weights}
    levels = st.fixed_dictionaries({"a": weights, "b": weights, "OTHER": weights})
    named = []
    for place in range(draw(st.integers(1, 3))):
        chosen = draw(st.fixed_dictionaries({}, optional={**columns, "group": levels}))
        score = DS.score(chosen, draw(weights)) + DS["age"]
        groups = DS.group_by("group")
        asked_of = (score.sum(), score.mean(), DS["age"].sum(), groups["age"].sum(), DS.count())
        of_score = draw(st.sampled_from((*asked_of, groups["share"].mean())))
        named.append(NamedStatistic(f"s{place}", draw(st.integers(1, 9)), of_score.statistic))
    return lower(Plan(PLAN_VERSION, ("rows",), "laplace", tuple(named)), SCHEMA)


@settings(max_examples=150)
@given(weighed_questions() | cases().map(lambda case: lower(case.plan, case.schema)))
def test_no_sum_is_wider_than_with_its_moments_apart(lowered: Lowered) -> None:
    lowered = with_law(lowered, "laplace")
    for together, separate in zip(sds(lowered), sds(apart(lowered)), strict=True):
        # Each lies up to two rungs of its ladder below what its share would buy.
        assert together <= separate * 2 ** (2 / 16) * 1.001


@given(weighed_questions())
def test_a_row_touches_one_sum_of_a_family_and_moves_it_by_the_spread_at_most(
    lowered: Lowered,
) -> None:
    for family in lowered.families:
        outputs = [one for one in lowered.outputs if one.id in family.outputs]
        added = np.array([added_by_each_row(one) for one in outputs])
        assert np.count_nonzero(added, axis=0).max() <= 1
        assert np.abs(added).max() <= family.spread


def added_by_each_row(output: Output) -> Floats:
    """What a row at each corner of the schema adds to an output."""
    terms = [weight * CORNERS[name] for weight, name in output.weighed]
    return np.sum(terms, axis=0)


@given(weighed_questions())
def test_opened_sums_add_up_to_what_was_asked(lowered: Lowered) -> None:
    for statistic in lowered.statistics:
        for part, found in zip(statistic.parts, statistic.sums, strict=True):
            for wanted, terms in zip(part.sums, found, strict=True):
                total: dict[object, Fraction] = {}
                for factor, one in terms:
                    for weight, moment in one.terms:
                        total[moment] = total.get(moment, Fraction(0)) + factor * weight
                assert total == wanted


@given(weighed_questions())
def test_every_reader_opens_the_same_under_the_same_names(lowered: Lowered) -> None:
    assert lower(lowered.plan, lowered.schema) == lowered
    ids = names(lowered)
    assert len(set(ids)) == len(ids) == len(lowered.opened)
    assert sorted(ids) == sorted(name for family in lowered.families for name in family.outputs)
