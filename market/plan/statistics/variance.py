"""How far a number spreads over all rows, or over those of a group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.expression import Expression
from market.plan.notation import in_words
from market.plan.polynomial import (
    Polynomial,
    combination,
    multiply,
    polynomial,
    without_constant,
)
from market.plan.ranges import Range, range_of
from market.plan.schema import Column, Schema
from market.plan.statistics.averages import LITTLE_SPREAD, is_rough, per_row
from market.plan.statistics.contract import Groups, Labels, Number, Part, Total, Value
from market.plan.statistics.plain_columns import numbers
from market.plan.statistics.units import unit_of, unit_of_product
from market.plan.uncertain import Uncertain, exact


@dataclass(frozen=True, slots=True)
class Variance:
    """Population variance: E[x^2] - E[x]^2."""

    of: Expression
    tag: Literal["variance"] = "variance"

    plural: ClassVar[str] = "variances"

    @property
    def words(self) -> str:
        return f"variance of {in_words(self.of)}"

    def unit(self, schema: Schema) -> str:
        return unit_of_product(unit_of(self.of, schema), unit_of(self.of, schema))

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group n, Σx and Σx² over the rows where the polynomial is 1, the
        constant taken out of x."""
        x, _ = without_constant(polynomial(self.of, schema))
        square = multiply(x, x, schema)
        half_width = range_of(self.of, schema).half_width

        def part(labels: Labels, rows: Polynomial) -> Part:
            needed = (rows, multiply(rows, x, schema), multiply(rows, square, schema))
            number, total, squares = (combination(one, schema) for one in needed)
            sums = (number, total, squares) if total or not rows else ()
            # Popoviciu (1935): half of the rows at each end spread most.
            return Part(labels, sums, range=Range(0.0, half_width**2))

        return tuple(part(labels, rows) for labels, rows in groups.items())

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(Number(total.labels, *_value(total), total.range) for total in totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from map(cls, numbers(columns))


def _value(total: Total) -> Value:
    if not total.sums:
        return exact(0.0), ""
    return per_row(total.sums, lambda x, xx: _spread(xx - x.squared()))


def _spread(variance: Uncertain) -> Value:
    return variance, LITTLE_SPREAD if is_rough(variance) else ""
