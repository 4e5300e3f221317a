"""A buyer's model is asked as moments: its average score is that of the rows."""

from __future__ import annotations

import numpy as np
import pytest
from strategies.plans import as_columns

from crypto.parameters import PRODUCTS
from market.errors import Refused
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.tables.plaintext import plaintext_answers

SCHEMA = Schema(
    "clinic",
    (
        NumericColumn("age", "0", "100", "age", "years", "midpoint", None, None),
        NumericColumn("income", "0", "50", "income", "thousands", "midpoint", None, None),
        CategoricalColumn("sex", ("f", "m"), "sex"),
        BooleanColumn("child", "a child", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    1_000,
    (),
)
DS = Dataset(SCHEMA)
RNG = np.random.default_rng(3)
ROWS: list[dict[str, object]] = [
    {
        "age": float(RNG.uniform(0, 100)),
        "income": float(RNG.uniform(0, 50)),
        "sex": ("f", "m")[int(RNG.integers(2))],
        "child": bool(RNG.integers(2)),
    }
    for _ in range(200)
]
BY_SEX = {"f": 0.5, "m": -0.5, "OTHER": 0}


def answer(asked: AskedStatistic) -> float:
    named = NamedStatistic("asked", 1, asked.statistic)
    plan = Plan(PLAN_VERSION, ("clinic",), "gaussian", (named,))
    (found,) = plaintext_answers(plan, SCHEMA, as_columns(ROWS), PRODUCTS)
    value = found.cells[0].value
    assert value is not None
    return value


def linear(row: dict[str, object], age: float, income: float) -> float:
    sex = BY_SEX[str(row["sex"])]
    return 1.5 + age * float(str(row["age"])) + income * float(str(row["income"])) + sex


def test_average_linear_score_is_that_of_the_rows() -> None:
    score = DS.score({"age": 0.02, "income": -0.1, "sex": BY_SEX}, intercept=1.5)
    wanted = np.mean([linear(row, 0.02, -0.1) for row in ROWS])
    assert answer(score.mean()) == pytest.approx(wanted, abs=1e-6)


def test_average_output_of_squared_neurons_is_that_of_the_rows() -> None:
    one = DS.score({"age": 0.02, "income": -0.1, "sex": BY_SEX}, intercept=1.5)
    other = DS.score({"age": -0.01, "income": 0.05, "sex": BY_SEX}, intercept=1.5)
    network = 0.25 * one * one - 2 * other * other + one
    neurons = [(linear(row, 0.02, -0.1), linear(row, -0.01, 0.05)) for row in ROWS]
    wanted = np.mean([0.25 * a * a - 2 * b * b + a for a, b in neurons])
    assert answer(network.mean()) == pytest.approx(wanted, abs=1e-4)


def test_score_is_asked_of_groups_too() -> None:
    grouped = DS.group_by("sex")[DS.score({"age": 1, "child": -2})].mean()
    assert grouped.statistic.words.endswith("at each level of sex")


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ({"sex": 1}, "plan-categorical"),
        ({"sex": {"f": 1}}, "plan-level"),
        ({"age": {"f": 1}}, "plan-operand"),
        ({"height": 1}, "plan-column"),
        ({"age": float("nan")}, "plan-constant"),
    ],
)
def test_weights_fit_their_columns(weights: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refused:
        DS.score(weights)
    assert refused.value.code == code
