"""A correlation matrix has the correlation of each pair."""

from __future__ import annotations

from itertools import combinations

import pandas as pd
import pytest
from strategies.oracles import direct

from market.errors import Refused
from market.plan.dataset import Dataset
from market.plan.schema import BooleanColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import Correlation
from market.plan.statistics.contract import ALL_ROWS
from market.plan.statistics.correlation_matrix import CorrelationMatrix

SCHEMA = Schema(
    "matrices",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", None, None),
        NumericColumn("y", "0", "10", "a number", "points", "midpoint", None, None),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (),
)
DS = Dataset(SCHEMA)


def oracle(asked: CorrelationMatrix, frame: pd.DataFrame, schema: Schema) -> list[float]:
    pairs = combinations(asked.terms, 2)
    return [
        value
        for one, other in pairs
        for value in direct(Correlation(one.of, other.of), frame, schema)
    ]


def test_each_pair_is_labelled_by_both_names() -> None:
    asked = DS.correlation_matrix().statistic
    labels = [part.labels for part in asked.over(ALL_ROWS, SCHEMA)]
    assert labels == [("x", "y"), ("x", "flag"), ("y", "flag")]


def test_sums_are_shared_between_pairs() -> None:
    parts = DS.correlation_matrix().statistic.over(ALL_ROWS, SCHEMA)
    moments = {moment for part in parts for moment in part.moments}
    # n; x, y, flag, whose square it is; x², y², and three products.
    assert len(moments) == 1 + 3 + 2 + 3


def test_one_column_has_no_correlations() -> None:
    with pytest.raises(Refused) as refused:
        DS.correlation_matrix("x")
    assert refused.value.code == "plan-features"
