"""Whatever noise made of the sums, a model's numbers are numbers, or say why there are none."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.plan.dataset import Dataset
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Product,
    Schema,
)
from market.plan.statistics.contract import ALL_ROWS, Asked, Total
from market.plan.uncertain import measured

SCHEMA = Schema(
    "survey",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", None, None),
        NumericColumn("y", "-5", "5", "a number", "metres", "midpoint", None, None),
        CategoricalColumn("g", ("a", "b"), "a group"),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (Product("x", "x"),),
)
DS = Dataset(SCHEMA)
MODELS = {
    "line": DS.linear_regression("y", ["x", "flag", "g"]).statistic,
    "ridge": DS.linear_regression("y", ["x", "flag"], ridge=2).statistic,
    "log-odds": DS.logistic_regression("flag", ["x", "y"]).statistic,
    "classes": DS.naive_bayes("g", ["x", "flag"]).statistic,
    "components": DS.principal_components("x", "y", "flag", count=3).statistic,
    "standardized": DS.principal_components("x", "y", standardized=True).statistic,
    "covariances": DS.covariance_matrix().statistic,
    "correlations": DS.correlation_matrix().statistic,
}
# Sums are multiples of a lattice's step; 10^50 is far beyond what a column declares.
SUMS = st.one_of(
    st.floats(-1e6, 1e6).map(lambda one: round(one, 9)), st.sampled_from((0.0, 1.0, 1e50, -1e50))
)
SDS = st.sampled_from((0.0, 1e-9, 1.0, 30.0, 1e25))


def totals(asked: Asked, sums: Sequence[float], sd: float) -> list[Total]:
    """Its parts, the sums taken in turn, each with a noise of its own for each moment."""
    found, values = [], iter(sums)
    for part in asked.over(ALL_ROWS, SCHEMA):
        opened = [
            measured(next(values), sd=sd, source="&".join(sorted(map(str, one))))
            for one in part.sums
        ]
        found.append(Total(part.labels, tuple(opened), part.offset))
    return found


@pytest.mark.parametrize("asked", MODELS.values(), ids=MODELS)
@given(st.data())
def test_any_sums_give_numbers_or_a_reason(asked: Asked, data: st.DataObject) -> None:
    parts = asked.over(ALL_ROWS, SCHEMA)
    size = sum(len(part.sums) for part in parts)
    sums = data.draw(st.lists(SUMS, min_size=size, max_size=size))
    numbers = asked.finish(totals(asked, sums, data.draw(SDS)))
    for number in numbers:
        if number.value is None:
            assert number.note
        else:
            assert math.isfinite(number.value.value)
            assert not math.isnan(number.value.sd)


@pytest.mark.parametrize("asked", MODELS.values(), ids=MODELS)
def test_numbers_have_the_same_labels_whatever_was_opened(asked: Asked) -> None:
    size = sum(len(part.sums) for part in asked.over(ALL_ROWS, SCHEMA))
    labels = [
        [number.labels for number in asked.finish(totals(asked, [value] * size, sd))]
        for value, sd in ((0.0, 0.0), (-5.0, 1.0), (3.0, 1.0), (1e9, 0.0))
    ]
    assert labels.count(labels[0]) == len(labels)
    assert len(set(labels[0])) == len(labels[0])
