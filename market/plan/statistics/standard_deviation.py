"""How far a number typically lies from its mean, in its own unit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.expression import Expression
from market.plan.notation import in_words
from market.plan.ranges import Range
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.units import unit_of
from market.plan.statistics.variance import Variance


@dataclass(frozen=True, slots=True)
class StandardDeviation:
    """The root of the population variance."""

    of: Expression
    tag: Literal["standard_deviation"] = "standard_deviation"

    plural: ClassVar[str] = "standard deviations"

    @property
    def words(self) -> str:
        return f"standard deviation of {in_words(self.of)}"

    def unit(self, schema: Schema) -> str:
        return unit_of(self.of, schema)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        return Variance(self.of).over(groups, schema)

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(_root(variance) for variance in Variance(self.of).finish(totals))

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from (cls(variance.of) for variance in Variance.examples(columns))


def _root(variance: Number) -> Number:
    value = variance.value.bounded_root() if variance.value is not None else None
    of_rows = Range(0.0, math.sqrt(variance.range.high))
    return Number(variance.labels, value, variance.note, of_rows)
