"""Answers of one plan agree with each other, and their intervals still cover the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from market.plan.answers import HALF_WIDTH, Answer, AnswerCell, answers, numbers_of
from market.plan.asked import AskedStatistic
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
from market.plan.uncertain import Uncertain, measured

SCHEMA = Schema(
    "stays",
    (
        CategoricalColumn("ward", ("a", "b", "c"), "a ward"),
        BooleanColumn("urgent", "urgent", "false"),
        NumericColumn("stay", "0", "20", "a stay", "days", "midpoint", None, None),
        # Most of its levels are rare.
        CategoricalColumn("cause", tuple(f"cause {place}" for place in range(80)), "a cause"),
    ),
    PrivacyUnit(None, 1, "a stay"),
    4_000,
    (),
)
DS = Dataset(SCHEMA)
WARD, CAUSE, STAY = DS["ward"], DS["cause"], DS["stay"]
AGREEING: dict[str, AskedStatistic] = {
    "rows": DS.count(),
    "wards": WARD.histogram(),
    "again": DS.group_by("ward").count(),
    "urgent": DS.group_by("urgent").count(),
    "both": DS.group_by("ward", "urgent").count(),
    "days": STAY.sum(),
    "by_ward": DS.group_by("ward")["stay"].sum(),
}
NOISE = st.integers(0, 2**32 - 1)


def lowered_of(**asked: AskedStatistic) -> Lowered:
    named = tuple(NamedStatistic(name, 1, one.statistic) for name, one in asked.items())
    return lower(Plan(PLAN_VERSION, ("stays",), "gaussian", named), SCHEMA)


def opened(lowered: Lowered, sums: dict[str, float], sd: float, seed: int) -> dict[str, Uncertain]:
    """Every sum the plan needs with noise of its own; those that are not named are 0."""
    noise = np.random.default_rng(seed)
    return {
        one.id: measured(sums.get(one.id, 0.0) + sd * noise.normal(), sd=sd, source=one.id)
        for one in lowered.outputs
    }


def cells(found: tuple[Answer, ...]) -> dict[str, dict[tuple[str, ...], AnswerCell]]:
    return {answer.name: {cell.labels: cell for cell in answer.cells} for answer in found}


@settings(max_examples=40, deadline=None)
@given(NOISE, st.sampled_from((3.0, 30.0, 300.0)))
def test_levels_add_up_to_their_totals_and_are_not_below_0(seed: int, sd: float) -> None:
    lowered = lowered_of(**AGREEING)
    sums = {"#valid": 100.0, "ward=a": 80.0, "ward=b": 20.0, "urgent": 5.0, "stay": -50.0}
    raw = opened(lowered, {**sums, "urgent&ward=a": 5.0}, sd, seed)
    found = cells(answers(lowered, raw))
    value = {
        name: {labels: cell.value for labels, cell in one.items()} for name, one in found.items()
    }
    near = {"abs": 1e-3 * sd}
    assert min(min(one.values()) for one in value.values()) >= 0
    assert sum(value["wards"].values()) == pytest.approx(value["rows"][()], **near)
    assert sum(value["urgent"].values()) == pytest.approx(value["rows"][()], **near)
    assert sum(value["by_ward"].values()) == pytest.approx(value["days"][()], **near)
    assert value["again"] == pytest.approx(value["wards"], **near)
    for ward, rows in value["wards"].items():
        of_ward = [value["both"][*ward, urgent] for urgent in ("true", "false")]
        assert sum(of_ward) == pytest.approx(rows, **near)
    for one in found.values():
        for cell in one.values():
            assert cell.low <= cell.value <= cell.high


@settings(max_examples=20, deadline=None)
@given(NOISE)
def test_raw_numbers_are_what_noise_left_of_the_sums(seed: int) -> None:
    lowered = lowered_of(**AGREEING)
    raw = opened(lowered, {"#valid": 100.0, "ward=a": 100.0}, 30.0, seed)
    found = answers(lowered, raw)
    for answer, one in zip(found, lowered.statistics, strict=True):
        for cell, number in zip(answer.cells, numbers_of(one, raw), strict=True):
            assert cell.raw.value == number.value.value
            assert cell.raw.error_95 == HALF_WIDTH["gaussian"] * number.value.sd


def test_errors_of_levels_become_smaller_by_their_total() -> None:
    lowered = lowered_of(rows=DS.count(), wards=WARD.histogram())
    sums = {"#valid": 900.0, "ward=a": 300.0, "ward=b": 300.0, "ward=c": 300.0}
    found = cells(answers(lowered, opened(lowered, sums, 5.0, 1)))
    # Of five alike, of which four add up to the fifth, each keeps four fifths of its variance.
    for cell in (found["rows"][()], *found["wards"].values()):
        if cell.low > 0:
            assert cell.error_95 == pytest.approx(HALF_WIDTH["gaussian"] * 5 * 0.8**0.5)


def test_sums_that_agree_already_are_given_as_they_are() -> None:
    lowered = lowered_of(rows=DS.count(), wards=WARD.histogram())
    sums = {"#valid": 9.0, "ward=a": 4.0, "ward=b": 3.0, "ward=c": 2.0}
    exact = {
        one.id: measured(sums.get(one.id, 0.0), sd=1.0, source=one.id) for one in lowered.outputs
    }
    for answer in answers(lowered, exact):
        for cell in answer.cells:
            assert cell.value == pytest.approx(cell.raw.value, abs=1e-9)


def test_sums_of_negative_numbers_may_be_negative() -> None:
    schema = Schema(
        "stays",
        (
            NumericColumn("change", "-9", "9", "a change", "", "midpoint", None, None),
            CategoricalColumn("ward", ("a",), "a ward"),
        ),
        PrivacyUnit(None, 1, "a stay"),
        400,
        (),
    )
    asked = Dataset(schema).group_by("ward")["change"].sum()
    named = (NamedStatistic("asked", 1, asked.statistic),)
    lowered = lower(Plan(PLAN_VERSION, ("stays",), "gaussian", named), schema)
    (answer,) = answers(lowered, opened(lowered, {"change&ward=a": -20.0}, 1.0, 3))
    assert answer.cells[0].value == answer.cells[0].raw.value < 0


def test_intervals_of_rare_and_of_frequent_levels_cover_the_truth() -> None:
    """What rare levels gain by not being below 0 the frequent one loses: its interval knows."""
    lowered = lowered_of(rows=DS.count(), causes=CAUSE.histogram())
    sums = {"#valid": 1_000.0, "cause=cause%200": 960.0, "cause=cause%201": 40.0}
    truth = {("cause 0",): 960.0, ("cause 1",): 40.0}
    releases, covered, off = 400, dict[tuple[str, ...], int](), list[float]()
    for seed in range(releases):
        causes = cells(answers(lowered, opened(lowered, sums, 20.0, seed)))["causes"]
        off.append(causes["cause 0",].value - causes["cause 0",].raw.value)
        for labels, cell in causes.items():
            is_in = cell.low <= truth.get(labels, 0.0) <= cell.high
            covered[labels] = covered.get(labels, 0) + is_in
    # The value alone is off by more than its whole noise.
    assert np.mean(off) < -20
    assert min(binom.cdf(times, releases, 0.94) for times in covered.values()) > 1e-8
