"""The average of a number over all rows, or over those of a group."""

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
from market.plan.ranges import range_of
from market.plan.schema import Column, Schema
from market.plan.statistics.averages import per_row
from market.plan.statistics.contract import Groups, Labels, Number, Part, Total, Value
from market.plan.statistics.plain_columns import numbers
from market.plan.statistics.units import unit_of
from market.plan.uncertain import exact


@dataclass(frozen=True, slots=True)
class Mean:
    """Average of an expression over the rows."""

    of: Expression
    tag: Literal["mean"] = "mean"

    plural: ClassVar[str] = "means"

    @property
    def words(self) -> str:
        return f"mean of {in_words(self.of)}"

    def unit(self, schema: Schema) -> str:
        return unit_of(self.of, schema)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group n and Σx over the rows where the polynomial is 1, the
        constant taken out of x."""
        x, constant = without_constant(polynomial(self.of, schema))
        of_rows = range_of(self.of, schema)

        def part(labels: Labels, rows: Polynomial) -> Part:
            number, total = (combination(one, schema) for one in (rows, multiply(rows, x, schema)))
            sums = (number, total) if total or not rows else ()
            return Part(labels, sums, constant, range=of_rows)

        return tuple(part(labels, rows) for labels, rows in groups.items())

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(Number(total.labels, *_value(total), total.range) for total in totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from map(cls, numbers(columns))


def _value(total: Total) -> Value:
    constant = float(total.offset)
    if not total.sums:
        return exact(constant), ""
    return per_row(total.sums, lambda x: (constant + x, ""))
