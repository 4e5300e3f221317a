"""A logistic regression is the minimum of the likelihood's expansion at the rate."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from strategies.oracles import oracle_of, series
from world.noised_moments import NoisedMoments, by_labels

from market.errors import Refused
from market.plan.dataset import Dataset
from market.plan.expression import Column
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics.linear_regression import LinearRegression
from market.plan.statistics.logistic_regression import LogisticRegression
from market.plan.statistics.terms import Term
from market.tables.twin import make_twin

SCHEMA = Schema(
    "survey",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", None, None),
        CategoricalColumn("g", ("a", "b"), "a group"),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (),
)
DS = Dataset(SCHEMA)
RHO = 5 * 10**11


def oracle(asked: LogisticRegression, frame: pd.DataFrame, schema: Schema) -> list[float]:
    """From the line of the rate; NaN where that line has none."""
    *cells, _ = oracle_of("linear_regression")(
        LinearRegression(asked.target, asked.terms), frame, schema
    )
    rate = series(asked.target, frame).mean() if len(frame) else math.nan
    if not 0 < rate < 1:
        return [math.nan] * len(cells)
    likely = rate * (1 - rate)
    first = math.log(rate / (1 - rate)) + (cells[0] - rate) / likely
    return [first, *(cell / likely for cell in cells[1:])]


def table_of(slope: float, rows: int) -> dict[str, list[object]]:
    """Rows in which the log-odds of the flag are slope·(x - 5) - 1."""
    generator = np.random.default_rng()
    x = generator.uniform(0, 10, rows)
    flag = generator.uniform(size=rows) < 1 / (1 + np.exp(1 - slope * (x - 5)))
    return {"x": x.tolist(), "g": ["a", "b"] * (rows // 2), "flag": flag.tolist()}


def test_small_effects_are_those_that_made_the_rows() -> None:
    asked = DS.logistic_regression("flag", ["x"]).statistic
    found = by_labels(NoisedMoments(asked, SCHEMA, table_of(0.1, 4_000), RHO).truth())
    slope, error = found["x", "coefficient"].value, found["x", "standard error"].value
    assert abs(slope - 0.1) < 5 * error
    at_zero = found["(intercept)", "coefficient"].value
    assert at_zero == pytest.approx(-1.5, abs=5 * found["(intercept)", "standard error"].value)


def test_stated_errors_cover_95_of_100_releases() -> None:
    asked = DS.logistic_regression("flag", ["x", "g"]).statistic
    priced = NoisedMoments(asked, SCHEMA, table_of(0.2, 4_000), RHO)
    truth = {one: cell for one, cell in by_labels(priced.truth()).items() if cell.value is not None}
    within = dict.fromkeys((one for one in truth if "coefficient" in one), 0)
    for release in priced.releases(300):
        found = by_labels(release)
        for one in within:
            within[one] += abs(found[one].value - truth[one].value) <= found[one].error_95
    for one, count in within.items():
        assert abs(count / 300 - 0.95) <= 5 * math.sqrt(0.95 * 0.05 / 300), one


@pytest.mark.parametrize("flag", [True, False])
def test_condition_that_always_or_never_holds_is_told(flag: bool) -> None:
    table = {**make_twin(SCHEMA, 3, 400), "flag": [flag] * 400}
    priced = NoisedMoments(DS.logistic_regression("flag", ["x"]).statistic, SCHEMA, table, RHO)
    for answer in (priced.truth(), *priced.releases(20)):
        assert {cell.value for cell in answer.cells} == {None}
        assert all("in all rows or in none" in cell.note for cell in answer.cells)


def test_target_is_a_condition() -> None:
    asked = DS.logistic_regression(DS["g"] == "a", ["x"]).statistic
    assert asked.words == 'logistic regression, to the second order, of g is "a" on x'
    assert DS.logistic_regression("flag", ["x"]).statistic == LogisticRegression(
        Column("flag"), (Term(Column("x"), "x"),)
    )
    with pytest.raises(Refused) as refused:
        DS.logistic_regression("x", ["flag"])
    assert refused.value.code == "plan-condition"
