"""Naive Bayes is told what the rows of each class look like."""

from __future__ import annotations

import pandas as pd
import pytest
from strategies.oracles import direct
from world.noised_moments import NoisedMoments, by_labels

from market.errors import Refused
from market.plan.dataset import Dataset
from market.plan.expression import Column
from market.plan.factors import Product
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import Count, GroupBy, Histogram, Mean, Variance
from market.plan.statistics.naive_bayes import NaiveBayes
from market.tables.twin import make_twin

SCHEMA = Schema(
    "survey",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", None, None),
        NumericColumn("y", "0", "10", "a number", "points", "midpoint", None, None),
        CategoricalColumn("g", ("a", "b"), "a group"),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (Product("x", "x"),),
)
DS = Dataset(SCHEMA)
RHO = 5 * 10**11


def oracle(asked: NaiveBayes, frame: pd.DataFrame, schema: Schema) -> list[float]:
    """Every number by its own question of the class's rows."""
    by_class = {
        key: direct(GroupBy((asked.target,), question), frame, schema)
        for key, question in _questions(asked, schema)
    }
    classes = len(by_class["rows"])
    return [
        value
        for number in range(classes)
        for values in by_class.values()
        for value in _share(values, number, classes)
    ]


def _questions(asked: NaiveBayes, schema: Schema):
    yield "rows", Count()
    for name in asked.features:
        if isinstance(schema.column(name), NumericColumn):
            yield f"{name} mean", Mean(Column(name))
            yield f"{name} variance", Variance(Column(name))
        else:
            yield name, Histogram(name)


def _share(values: list[float], number: int, classes: int) -> list[float]:
    size = len(values) // classes
    return values[number * size : (number + 1) * size]


def test_class_is_described_by_each_feature() -> None:
    twin = make_twin(SCHEMA, 3, 400)
    asked = DS.naive_bayes("flag", ["x", "g"]).statistic
    found = by_labels(NoisedMoments(asked, SCHEMA, twin, RHO).truth())
    rows = pd.DataFrame({name: list(twin[name]) for name in ("x", "g", "flag")})
    true = rows[rows["flag"].astype(bool)]
    assert found["true", "rows"].value == pytest.approx(len(true))
    assert found["true", "x", "mean"].value == pytest.approx(
        true["x"].astype(float).mean(), rel=1e-6
    )
    assert found["true", "g", "b"].value == pytest.approx((true["g"] == "b").sum())
    assert len(found) == 2 * (1 + 2 + 3)


def test_variance_of_a_class_needs_a_declared_square() -> None:
    assert DS.naive_bayes("g", ["x", "flag"]).statistic.tag == "naive_bayes"
    with pytest.raises(Refused) as refused:
        DS.naive_bayes("g", ["y"])
    assert refused.value.code == "plan-degree"


@pytest.mark.parametrize(
    ("target", "features", "code"),
    [
        ("g", ["g"], "plan-features"),
        ("g", [], "plan-features"),
        ("g", ["flag", "flag"], "plan-features"),
        ("g", "flag", "plan-features"),
        (DS["flag"], ["g"], "plan-features"),
        ("x", ["g"], "plan-not-categorical"),
        ("z", ["g"], "plan-column"),
        ("g", ["z"], "plan-column"),
    ],
)
def test_question_without_an_answer_is_refused(target: str, features: list[str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        DS.naive_bayes(target, features)
    assert refused.value.code == code
