"""How two numbers of a row move together, from -1 to 1."""

from __future__ import annotations

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
from market.plan.ranges import COSINE
from market.plan.schema import Column, Schema
from market.plan.statistics.averages import LITTLE_SPREAD, is_rough, per_row
from market.plan.statistics.contract import Groups, Labels, Number, Part, Total, Value
from market.plan.statistics.plain_columns import numbers
from market.plan.uncertain import Uncertain

_NO_COSINE = (
    "A column's noisy spread is not above 0, so there is no correlation to give: "
    "ask with a larger epsilon or share."
)
_CONSTANT = "One side is the same in every row: a constant has no correlation."


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's correlation."""

    left: Expression
    right: Expression
    tag: Literal["correlation"] = "correlation"

    plural: ClassVar[str] = "correlations"

    @property
    def words(self) -> str:
        return f"correlation of {in_words(self.left)} with {in_words(self.right)}"

    def unit(self, _schema: Schema) -> str:
        return ""

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group n, Σx, Σy, Σxy, Σx², Σy², the constants taken out: they do not spread."""
        x, _ = without_constant(polynomial(self.left, schema))
        y, _ = without_constant(polynomial(self.right, schema))
        needed = (ONE, x, y, multiply(x, y, schema), multiply(x, x, schema), multiply(y, y, schema))

        def part(labels: Labels, rows: Polynomial) -> Part:
            sums = tuple(combination(multiply(rows, terms, schema), schema) for terms in needed)
            return Part(labels, sums if x and y else ())

        return tuple(part(labels, rows) for labels, rows in groups.items())

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(Number(total.labels, *_value(total), COSINE) for total in totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from (cls(left, right) for left, right in combinations(numbers(columns), 2))


def _value(total: Total) -> Value:
    if not total.sums:
        return None, _CONSTANT
    return per_row(total.sums, lambda x, y, xy, xx, yy: _ratio(xy - x * y, xx - x * x, yy - y * y))


def _ratio(covariance: Uncertain, left: Uncertain, right: Uncertain) -> Value:
    if left.value <= 0 or right.value <= 0:
        return None, _NO_COSINE
    rough = LITTLE_SPREAD if is_rough(left) or is_rough(right) else ""
    return covariance / (left.sqrt() * right.sqrt()), rough
