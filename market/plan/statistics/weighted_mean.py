"""The average of a number in which each row counts as much as the buyer says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import ClassVar, Literal, Self

from market.plan.expression import Expression
from market.plan.notation import in_words
from market.plan.polynomial import Polynomial, combination, multiply, polynomial
from market.plan.ranges import ANY, range_of
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Labels, Number, Part, Total, Value
from market.plan.statistics.plain_columns import numbers
from market.plan.statistics.units import unit_of
from market.plan.uncertain import Uncertain

_NO_WEIGHT = "The noisy weight of the rows is not apart from 0: ask with a larger epsilon or share."
_LITTLE_WEIGHT = (
    "The weight of the rows is close to its noise, so value and error are rough: "
    "ask with a larger epsilon or share."
)
_RELIABLE_WEIGHT_SDS = 5


@dataclass(frozen=True, slots=True)
class WeightedMean:
    """Sum of weight times number, divided by the sum of the weights."""

    of: Expression
    weight: Expression
    tag: Literal["weighted_mean"] = "weighted_mean"

    plural: ClassVar[str] = "weighted means"

    @property
    def words(self) -> str:
        return f"mean of {in_words(self.of)}, weighted by {in_words(self.weight)}"

    def unit(self, schema: Schema) -> str:
        return unit_of(self.of, schema)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group Σw and Σwx."""
        x, w = polynomial(self.of, schema), polynomial(self.weight, schema)
        weighed = multiply(w, x, schema)
        weights = range_of(self.weight, schema)
        # With weights of both signs an average may lie anywhere.
        has_one_sign = weights.low >= 0 or weights.high <= 0
        of_rows = range_of(self.of, schema) if has_one_sign else ANY

        def part(labels: Labels, rows: Polynomial) -> Part:
            weight = combination(multiply(rows, w, schema), schema)
            total = combination(multiply(rows, weighed, schema), schema)
            return Part(labels, (weight, total) if weight else (), range=of_rows)

        return tuple(part(labels, rows) for labels, rows in groups.items())

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(Number(total.labels, *_value(total.sums), total.range) for total in totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from (cls(of, weight) for of, weight in permutations(numbers(columns), 2))


def _value(sums: Sequence[Uncertain]) -> Value:
    if not sums:
        return None, _NO_WEIGHT
    weight, total = sums
    if weight.value == 0 or abs(weight.value) < weight.sd:
        return None, _NO_WEIGHT
    rough = abs(weight.value) < _RELIABLE_WEIGHT_SDS * weight.sd
    return total / weight, _LITTLE_WEIGHT if rough else ""
