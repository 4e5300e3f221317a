"""What a number can be: never less than what rows can say, and where its interval is cut."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies.plans import Case, as_columns, cases

from crypto.parameters import PRODUCTS
from market.plan.answers import AnswerCell, answers, numbers_of
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.lowered import lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.ranges import ANY, Range
from market.plan.restated import restated
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.uncertain import measured
from market.tables.plaintext import plaintext_answers

CAPACITY = 1_000
SCHEMA = Schema(
    "stays",
    (
        NumericColumn("stay", "1", "14", "a stay", "days", "midpoint", None, None),
        NumericColumn("change", "-3", "5", "a change", "points", "midpoint", None, None),
        CategoricalColumn("ward", ("a", "b"), "a ward"),
        BooleanColumn("urgent", "urgent", "false"),
    ),
    PrivacyUnit(None, 1, "a stay"),
    CAPACITY,
    (),
)
DS = Dataset(SCHEMA)
STAY, CHANGE, WARD, URGENT = DS["stay"], DS["change"], DS["ward"], DS["urgent"]
RANGES: dict[str, tuple[AskedStatistic, tuple[float, float]]] = {
    "count": (DS.count(), (0, CAPACITY)),
    "sum": (STAY.sum(), (0, 14 * CAPACITY)),
    "sum of both signs": (CHANGE.sum(), (-3 * CAPACITY, 5 * CAPACITY)),
    "mean": (STAY.mean(), (1, 14)),
    "mean of a filter": (DS[URGENT]["stay"].mean(), (1, 14)),
    "mean of an expression": (((STAY - 2) * -1).mean(), (-12, 1)),
    "mean of a square": ((CHANGE * CHANGE).mean(), (0, 25)),
    "mean of a condition": ((WARD == "a").mean(), (0, 1)),
    "weighted mean": (CHANGE.mean(weights=STAY), (-3, 5)),
    "mean with weights of both signs": (STAY.mean(weights=CHANGE), (-math.inf, math.inf)),
    "variance": (STAY.variance(), (0, 6.5**2)),
    "standard deviation": (STAY.standard_deviation(), (0, 6.5)),
    "covariance": (STAY.covariance(CHANGE), (-26, 26)),
    "correlation": (STAY.correlation(CHANGE), (-1, 1)),
    "share": (URGENT.proportion(), (0, 1)),
    "percentage": (URGENT.percentage(), (0, 100)),
    "difference of means": (STAY.mean() - DS[URGENT]["stay"].mean(), (-13, 13)),
    "difference of counts": (DS.count() - DS[URGENT].count(), (-CAPACITY, CAPACITY)),
}
VALUES = st.floats(-1e6, 1e6)
WIDTHS = st.one_of(st.just(0.0), st.floats(1e-6, 1e6))


def plan_of(asked: AskedStatistic, *datasets: str) -> Plan:
    named = NamedStatistic("asked", 1, asked.statistic)
    return Plan(PLAN_VERSION, datasets or ("stays",), "gaussian", (named,))


def cell_of(
    asked: AskedStatistic, opened: dict[str, float], sd: float, *datasets: str
) -> AnswerCell:
    moments = {name: measured(value, sd=sd, source=name) for name, value in opened.items()}
    return answers(lower(plan_of(asked, *datasets), SCHEMA), moments)[0].cells[0]


@pytest.mark.parametrize(("asked", "ends"), RANGES.values(), ids=RANGES)
def test_range_follows_from_the_declaration(
    asked: AskedStatistic, ends: tuple[float, float]
) -> None:
    lowered = lower(plan_of(asked), SCHEMA)
    opened = {one.id: measured(40.0, sd=1.0, source=one.id) for one in lowered.outputs}
    ((number,),) = (numbers_of(one, opened) for one in lowered.statistics)
    assert (number.range.low, number.range.high) == ends


@settings(max_examples=60)
@given(cases())
def test_what_rows_say_is_never_cut(case: Case) -> None:
    for answer in plaintext_answers(case.plan, case.schema, as_columns(case.rows), PRODUCTS):
        for cell in answer.cells:
            if cell.value is not None:
                assert cell.value == pytest.approx(cell.raw.value, rel=1e-7, abs=1e-6)
                assert cell.low == cell.value == cell.high
                assert cell.error_95 == 0


@given(VALUES, WIDTHS, VALUES, WIDTHS, st.floats(0, 1))
@example(-5.0, 1.0, 0.0, 10.0, 0.0)
def test_cut_interval_covers_what_the_whole_one_did(
    value: float, half_width: float, low: float, width: float, part: float
) -> None:
    possible = Range(low, low + width)
    found, truth = restated(value, half_width, possible), low + part * width
    assert low <= found.low <= found.value <= found.high <= low + width
    rounding = 1e-12 * max(map(abs, (value, half_width, low, width)))
    if abs(value - truth) <= half_width:
        assert found.low - rounding <= truth <= found.high + rounding
    assert found.value - found.error_95 <= found.low + rounding
    assert found.value + found.error_95 >= found.high - rounding
    assert abs(found.value - truth) <= abs(value - truth) + rounding


@given(VALUES, WIDTHS)
def test_number_without_bounds_is_given_as_it_came(value: float, half_width: float) -> None:
    found = restated(value, half_width, ANY)
    assert (found.value, found.error_95, found.note) == (value, half_width, "")
    assert (found.low, found.high) == (value - half_width, value + half_width)


@given(VALUES, st.floats(1e-6, 1e6), VALUES, WIDTHS)
def test_noise_never_passes_for_certainty(
    value: float, half_width: float, low: float, width: float
) -> None:
    found = restated(value, half_width, Range(low, low + width))
    assert found.high - found.low >= min(width, 0.5 * half_width) * (1 - 1e-6) - 1e-6 * abs(low)


def test_mean_that_noise_carried_out_is_the_nearest_bound() -> None:
    found = cell_of(STAY.mean(), {"#valid": 100.0, "stay": -900.0}, 10.0)
    assert found.value == found.low == 1
    assert found.raw.value == pytest.approx(7.5 - 6.5 * 9)
    assert "below 1, the least it can be" in found.note


def test_mean_of_which_noise_left_nothing_says_so() -> None:
    found = cell_of(STAY.mean(), {"#valid": 20.0, "stay": -320.0}, 900.0)
    assert (found.value, found.low, found.high, found.error_95) == (1, 1, 14, 13)
    assert found.raw.value == pytest.approx(-96.5)
    assert "noise left nothing: ask with a larger epsilon or share" in found.note


def test_count_is_not_below_0_and_keeps_what_noise_made_of_it() -> None:
    found = cell_of(DS.count(), {"#valid": -3.0}, 10.0)
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(-3 + 19.59964)
    assert found.error_95 == found.high
    assert (found.raw.value, found.raw.error_95) == (-3, pytest.approx(19.59964))


def test_rows_of_several_owners_are_as_many_as_all_may_have() -> None:
    found = cell_of(DS.count(), {"#valid": 2_500.0}, 1.0, "east", "north", "west")
    assert (found.value, found.note) == (2_500, "")
    assert cell_of(DS.count(), {"#valid": 2_500.0}, 1.0, "east", "north").value == 2_000
