"""Columns and what is computed from them: lazy, and only as far as sums of products go.

    2 * ds["visits"] + ds["child"] - 1               numeric expressions, degree two at most
    (ds["sex"] == "female") & ~ds["child"]           conditions: numbers that are 0 or 1

Rules beside those of market.plan.refusals: plan-constant (NaN, infinite, too long), plan-operand
(not a number or column), plan-condition (a number where a condition is due), plan-division (not
exact), plan-power, plan-too-large, plan-too-deep, plan-other-rows (of two filters at once); and
those of the lowering, checked where the statistic is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NoReturn, TypeGuard

from market.errors import Refused
from market.plan.asked import AskedStatistic, ask
from market.plan.conditions import rows_where
from market.plan.decimals import decimal_text, fraction_text
from market.plan.expression import Add, Column, Constant, Expression, Multiply
from market.plan.named_columns import without_levels
from market.plan.refusals import WithoutItems
from market.plan.rows import ALL, Rows
from market.plan.schema import BooleanColumn, Schema
from market.plan.statistics import (
    Correlation,
    Covariance,
    Histogram,
    Mean,
    Plain,
    Proportion,
    StandardDeviation,
    Sum,
    Variance,
    WeightedMean,
)
from market.plan.statistics.shares import Scale

_MAXIMUM_NODES = 5_000
# Canonical JSON nests 64 deep at most; a plan wraps an expression in a few levels more.
_MAXIMUM_DEPTH = 46


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Quantity(WithoutItems):
    """A number in each of some rows: the sum of `terms`. `nodes` and `depth` bound its size."""

    schema: Schema
    terms: tuple[Expression, ...]
    nodes: int
    depth: int
    rows: Rows = ALL

    def sum(self) -> AskedStatistic:
        """Sum over the rows."""
        return self._asked(Sum(self.expression()))

    def mean(self, weights: Quantity | None = None) -> AskedStatistic:
        """Average over the rows; with weights, each row counts as much as they say."""
        if weights is not None:
            return self.weighted_mean(weights)
        return self._asked(Mean(self.expression()))

    def weighted_mean(self, weights: Quantity) -> AskedStatistic:
        """Average in which each row counts as much as its weight."""
        return self._asked(WeightedMean(self.expression(), self._column(weights)))

    def variance(self) -> AskedStatistic:
        """Population variance: divided by the number of rows."""
        return self._asked(Variance(self.expression()))

    def standard_deviation(self) -> AskedStatistic:
        """Root of the population variance."""
        return self._asked(StandardDeviation(self.expression()))

    def proportion(self) -> AskedStatistic:
        """The share of rows in which a condition holds, from 0 to 1."""
        return self._proportion("one")

    def percentage(self) -> AskedStatistic:
        """The share of rows in which a condition holds, from 0 to 100."""
        return self._proportion("percent")

    def covariance(self, other: Quantity) -> AskedStatistic:
        """Population covariance."""
        return self._asked(Covariance(self.expression(), self._column(other)))

    def correlation(self, other: Quantity) -> AskedStatistic:
        """Pearson's correlation."""
        return self._asked(Correlation(self.expression(), self._column(other)))

    def histogram(self) -> AskedStatistic:
        """Number of rows in which a boolean column is true, and false.

        Raises:
            Refused: `plan-not-categorical`: a number has no levels to count.
        """
        match self.terms:
            case (Column(name=name),):
                if isinstance(self.schema.column(name), BooleanColumn):
                    return self._asked(Histogram(name))
                raise without_levels(name, self.schema)
            case _:
                raise Refused(
                    "plan-not-categorical",
                    "A histogram needs a column with levels, or with bins.",
                    "Ask for the histogram of the column itself.",
                )

    def expression(self) -> Expression:
        """The terms as a balanced tree, so that a long sum does not nest deeply."""
        layer = list(self.terms)
        while len(layer) > 1:
            paired = [
                Add(left, right) for left, right in zip(layer[::2], layer[1::2], strict=False)
            ]
            layer = paired + layer[2 * len(paired) :]
        return layer[0]

    def __add__(self, other: object) -> Quantity:
        right = self._operand(other)
        return self._sized(
            (*self.terms, *right.terms),
            self.nodes + right.nodes + 1,
            max(self.depth, right.depth),
        )

    __radd__ = __add__

    def __neg__(self) -> Quantity:
        return self * -1

    def __pos__(self) -> Quantity:
        return self

    def __sub__(self, other: object) -> Quantity:
        return self + (-other if _is_number(other) else -self._operand(other))

    def __rsub__(self, other: object) -> Quantity:
        return -self + other

    def __mul__(self, other: object) -> Quantity:
        right = self._operand(other)
        return right._times(self)

    __rmul__ = __mul__

    def __and__(self, other: object) -> Quantity:
        """The condition that both hold."""
        return self._condition()._times(self._other_condition(other))

    def __or__(self, other: object) -> Quantity:
        """The condition that one of them holds, or both."""
        return ~(~self & ~self._other_condition(other))

    def __invert__(self) -> Quantity:
        """The condition that it does not hold."""
        return 1 - self._condition()

    def __eq__(self, other: object) -> Quantity:  # type: ignore[override]  # lazy, no bool
        """Whether a condition is True, or is False; nothing else can be compared."""
        if not isinstance(other, bool):
            return self._compared(other)
        return self._condition() if other else ~self

    def __ne__(self, other: object) -> Quantity:  # type: ignore[override]  # lazy, no bool
        """Whether a condition is not True, or not False."""
        return ~(self == other)

    def __truediv__(self, other: object) -> Quantity:
        if not _is_number(other) or not other:
            raise _division_refused()
        try:
            return self * Decimal(fraction_text(1 / Fraction(decimal_text(other))))
        except ValueError:
            raise _division_refused() from None

    def __rtruediv__(self, _other: object) -> NoReturn:
        raise _division_refused()

    def __pow__(self, exponent: object) -> Quantity:
        if exponent == 1:
            return self
        if exponent == 2:
            return self * self
        raise Refused(
            "plan-power",
            f"A power is {exponent!r:.40}, expected 1 or 2.",
            "The engine opens sums of products of two columns.",
        )

    __rpow__ = WithoutItems._operated

    @property
    def height(self) -> int:
        """Depth of `expression()`."""
        return self.depth + (len(self.terms) - 1).bit_length()

    def __repr__(self) -> str:
        match self.terms:
            case (Column(name=name),):
                return f"column {name}"
            case _:
                return "a numeric expression"

    def _asked(self, statistic: Plain) -> AskedStatistic:
        return ask(statistic, self.schema, self.rows)

    def _proportion(self, scale: Scale) -> AskedStatistic:
        return self._asked(Proportion(self.expression(), scale))

    def _times(self, right: Quantity) -> Quantity:
        return self._sized(
            (Multiply(self.expression(), right.expression()),),
            self.nodes + right.nodes + 1,
            max(self.height, right.height) + 1,
        )

    def _condition(self) -> Quantity:
        rows_where(self.expression(), self.schema)
        return self

    def _other_condition(self, other: object) -> Quantity:
        if not isinstance(other, Quantity):
            raise _operand_refused(other)
        return self._operand(other)._condition()

    def _column(self, other: object) -> Expression:
        if not isinstance(other, Quantity):
            raise _operand_refused(other)
        return self._operand(other).expression()

    def _sized(self, terms: tuple[Expression, ...], nodes: int, depth: int) -> Quantity:
        built = Quantity(self.schema, terms, nodes, depth, self.rows)
        if nodes > _MAXIMUM_NODES:
            raise Refused(
                "plan-too-large",
                f"An expression has {nodes} nodes, expected at most {_MAXIMUM_NODES}.",
                "Ask for smaller expressions, in several statistics.",
            )
        if built.height > _MAXIMUM_DEPTH:
            raise Refused(
                "plan-too-deep",
                f"An expression nests {built.height} deep, expected at most {_MAXIMUM_DEPTH}.",
                "Simplify the expression.",
            )
        return built

    def _operand(self, other: object) -> Quantity:
        if isinstance(other, Quantity):
            if other.rows != self.rows:
                raise _other_rows()
            return other
        if not _is_number(other):
            raise _operand_refused(other)
        try:
            return leaf(self.schema, Constant(decimal_text(other)), self.rows)
        except ValueError as error:
            raise Refused(
                "plan-constant",
                f"A constant cannot be written down exactly: {error}.",
                "Use a finite number of at most 18 digits on either side of the point.",
            ) from None


def leaf(schema: Schema, expression: Expression, rows: Rows = ALL) -> Quantity:
    """A column or a constant, as a quantity of one term."""
    return Quantity(schema, (expression,), nodes=1, depth=1, rows=rows)


def _is_number(value: object) -> TypeGuard[int | float | Decimal]:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _operand_refused(seen: object) -> Refused:
    return Refused(
        "plan-operand",
        f"An operand is {type(seen).__name__:.60}, expected a number or a numeric column.",
        "Take numeric and boolean columns, and indicators of levels, from the dataset.",
    )


def _division_refused() -> Refused:
    return Refused(
        "plan-division",
        "Only division by a number whose reciprocal is a short decimal can be planned.",
        "Divide the answer after it is opened, or multiply by a decimal.",
    )


def _other_rows() -> Refused:
    return Refused(
        "plan-other-rows",
        "Two columns of other rows are computed with: of two filters, or of one and none.",
        "Filter first, and take both columns from what is left: some = ds.where(condition).",
    )
