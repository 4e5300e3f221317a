"""How two numbers of a row move together, in their units."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Literal, Self

from market.plan.expression import Expression
from market.plan.notation import in_words
from market.plan.polynomial import (
    ONE,
    Polynomial,
    combination,
    multiply,
    polynomial,
    without_constant,
)
from market.plan.ranges import Range, range_of
from market.plan.schema import Column, Schema
from market.plan.statistics.averages import per_row
from market.plan.statistics.contract import Groups, Labels, Number, Part, Total, Value
from market.plan.statistics.plain_columns import numbers
from market.plan.statistics.units import unit_of, unit_of_product
from market.plan.uncertain import exact


@dataclass(frozen=True, slots=True)
class Covariance:
    """Population covariance: E[xy] - E[x]E[y]."""

    left: Expression
    right: Expression
    tag: Literal["covariance"] = "covariance"

    plural: ClassVar[str] = "covariances"

    @property
    def words(self) -> str:
        return f"covariance of {in_words(self.left)} with {in_words(self.right)}"

    def unit(self, schema: Schema) -> str:
        return unit_of_product(unit_of(self.left, schema), unit_of(self.right, schema))

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group n, Σx, Σy, Σxy, the constants taken out of x and y: they do not spread."""
        x, _ = without_constant(polynomial(self.left, schema))
        y, _ = without_constant(polynomial(self.right, schema))
        needed = (ONE, x, y, multiply(x, y, schema))
        # At most the product of both standard deviations.
        most = math.prod(range_of(one, schema).half_width for one in (self.left, self.right))

        def part(labels: Labels, rows: Polynomial) -> Part:
            sums = tuple(combination(multiply(rows, terms, schema), schema) for terms in needed)
            return Part(labels, sums if x and y else (), range=Range(-most, most))

        return tuple(part(labels, rows) for labels, rows in groups.items())

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(Number(total.labels, *_value(total), total.range) for total in totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from (cls(left, right) for left, right in combinations(numbers(columns), 2))


def _value(total: Total) -> Value:
    if not total.sums:
        return exact(0.0), ""
    return per_row(total.sums, lambda x, y, xy: (xy - x * y, ""))
