"""The algebra: what is known to be the same is opened once, what is known to be 0 not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from world.lattices import agg_lattice

from market.errors import Refused
from market.plan.dataset import Dataset
from market.plan.expression import Column, Constant, Expression, Multiply
from market.plan.factors import Product
from market.plan.lowered import lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.polynomial import combination, polynomial
from market.plan.quantity import Quantity
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import (
    Correlation,
    Covariance,
    GroupBy,
    Mean,
    Statistic,
    Sum,
    Variance,
)
from market.pricing.quote import quote
from market.pricing.quote_document import quote_document

LARGEST, SMALLEST = 10**17, "0.000000000000000001"

SCHEMA = Schema(
    "small",
    (
        NumericColumn("x", "0", "10", "a number", "", "midpoint", None, None),
        NumericColumn("y", "-2", "2", "a number", "", "midpoint", None, None),
        NumericColumn("z", "-1", "1", "a number", "", "midpoint", None, None),
        CategoricalColumn("g", ("a", "b"), "a group"),
        CategoricalColumn("h", ("a",), "a group"),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    100,
    (Product("x", "y"), Product("y", "y"), Product("z", "z")),
)
DS = Dataset(SCHEMA)
X, Y, Z, FLAG = (DS[name] for name in ("x", "y", "z", "flag"))
A, B, H = DS["g"] == "a", DS["g"] == "b", DS["h"] == "a"


def lowered(quantity: Quantity) -> dict[tuple[str, ...], Fraction]:
    """Moments by the names of their columns."""
    terms = combination(polynomial(quantity.expression(), SCHEMA), SCHEMA)
    return {tuple(factor.id for factor in moment): value for moment, value in terms.items()}


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (X, {("#valid",): 5, ("x",): 5}),
        (Y - Y, {}),
        (0 * X, {}),
        (A * B, {}),
        (A * A, {("g=a",): 1}),
        (FLAG * FLAG, {("flag",): 1}),
        (A * H, {("g=a", "h=a"): 1}),
        (H * A, {("g=a", "h=a"): 1}),
        ((A + B) * (A - B), {("g=a",): 1, ("g=b",): -1}),
        (Z * Z, {("z*z",): 1}),
        (X * Z, {("z",): 5, ("x", "z"): 5}),
        (Y * X, {("y",): 10, ("x*y",): 10}),
        (Y * Y * A, {("g=a", "y*y"): 4}),
        # Of the ways to write y*y*y, the one that opens two columns.
        (Y * Y * Z, {("y*y", "z"): 4}),
        (Y * Y * Z * Z, {("y*y", "z*z"): 4}),
        (Z / 4 - 1, {("#valid",): -1, ("z",): Fraction(1, 4)}),
        (-((2 - Z) ** 2), {("#valid",): -4, ("z",): 4, ("z*z",): -1}),
    ],
)
def test_expression_is_the_combination_of_moments(
    quantity: Quantity, expected: dict[tuple[str, ...], Fraction | int]
) -> None:
    assert lowered(quantity) == expected


@pytest.mark.parametrize("product", [X * X * Y, Z * Z * Z * Z * Z, A * FLAG * H, X * Z * A])
def test_third_encrypted_column_is_refused(product: Quantity) -> None:
    without = replace(SCHEMA, products=())
    with pytest.raises(Refused) as refused:
        combination(polynomial(product.expression(), without), without)
    assert refused.value.code == "plan-degree"


def times(factor: int | str, count: int) -> Expression:
    """The column x, multiplied so often by a constant."""
    expression: Expression = Column("x")
    for _ in range(count):
        expression = Multiply(Constant(str(factor)), expression)
    return expression


@pytest.mark.parametrize("factor", [LARGEST, SMALLEST])
def test_coefficient_no_double_holds_is_refused(factor: int | str) -> None:
    for count in (6, 30, 55):
        with pytest.raises(Refused, match="plan-coefficient"):
            polynomial(times(factor, count), SCHEMA)
    assert polynomial(times(factor, 5), SCHEMA)


@pytest.mark.parametrize("factor", [LARGEST, SMALLEST])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 20])
def test_plan_that_is_lowered_is_priced_with_numbers(factor: int | str, count: int) -> None:
    x, y = times(factor, count), Column("y")
    asked: list[Statistic] = [Sum(x), Mean(x), Variance(x), Covariance(x, x), Correlation(x, x)]
    asked += [Covariance(x, y), Correlation(y, x), GroupBy(("g",), Mean(x))]
    schema = replace(SCHEMA, products=(Product("x", "x"), Product("x", "y"), Product("y", "y")))
    refused = []
    for one in asked:
        plan = Plan(PLAN_VERSION, ("any",), "gaussian", (NamedStatistic("one", 1, one),))
        try:
            found = lower(plan, schema)
        except Refused as error:
            refused.append(error.code)
            continue
        priced = json.dumps(quote_document(quote(found, 10**10, "0.000001", agg_lattice(schema))))
        assert "nan" not in priced
        assert "inf" not in priced
    assert set(refused) <= {"plan-coefficient"}
    assert (len(refused) == len(asked)) == (count > 5)
