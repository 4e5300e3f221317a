"""The algebra: what is known to be the same is opened once, what is known to be 0 not at all."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from market.errors import Refused
from market.plan.dataset import Dataset
from market.plan.factors import Product
from market.plan.polynomial import combination, polynomial
from market.plan.quantity import Quantity
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)

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
