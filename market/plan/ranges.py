"""Where a number can lie whatever the data: what its columns' declaration leaves possible.

Interval arithmetic (Moore 1966) over an expression: an end is never inside what rows can have; a
plain column has exactly its bounds, and what is multiplied by itself is not below 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from market.plan.decimals import fraction_of
from market.plan.expression import Add, Column, Constant, Expression, Level, Multiply
from market.plan.schema import NumericColumn, Schema


@dataclass(frozen=True, slots=True)
class Range:
    """Nothing below `low` or above `high` is possible; they are infinite where nothing is known."""

    low: float
    high: float

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2

    @property
    def is_bounded(self) -> bool:
        """Whether both ends are known."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Range) -> Range:
        return Range(self.low - other.high, self.high - other.low)

    def __mul__(self, other: Range) -> Range:
        """Of products; both must be bounded."""
        ends = [one * two for one in (self.low, self.high) for two in (other.low, other.high)]
        return Range(min(ends), max(ends))

    def squared(self) -> Range:
        """Of squares."""
        ends = (self.low * self.low, self.high * self.high)
        return Range(0.0 if self.low < 0 < self.high else min(ends), max(ends))

    def summed(self, rows: int) -> Range:
        """Of the sum over at most so many rows, perhaps over none."""
        return Range(rows * min(self.low, 0.0), rows * max(self.high, 0.0))

    def times(self, tables: int) -> Range:
        """Of the sum of numbers of so many tables."""
        return Range(tables * self.low, tables * self.high)

    def nearest(self, value: float) -> float:
        """The value, or the end that is nearest to it."""
        return min(max(value, self.low), self.high)


ANY = Range(-math.inf, math.inf)
NOT_NEGATIVE = Range(0.0, math.inf)
SHARE = Range(0.0, 1.0)
COSINE = Range(-1.0, 1.0)
"""Of what is the cosine of an angle: a correlation, a loading."""


def range_of(expression: Expression, schema: Schema) -> Range:
    """Of an expression's value in a row. Its columns must be known, as
    market.plan.polynomial.polynomial has found."""
    match expression:
        case Constant(value=value):
            return _between(value, value)
        case Column(name=name):
            match schema.column(name):
                case NumericColumn(low=low, high=high):
                    return _between(low, high)
                case _:
                    return SHARE
        case Level():
            return SHARE
        case Add(left=left, right=right):
            return range_of(left, schema) + range_of(right, schema)
        case Multiply(left=left, right=right) if left == right:
            return range_of(left, schema).squared()
        case Multiply(left=left, right=right):
            return range_of(left, schema) * range_of(right, schema)


def _between(low: str, high: str) -> Range:
    return Range(float(fraction_of(low)), float(fraction_of(high)))
