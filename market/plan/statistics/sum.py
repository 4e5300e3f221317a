"""The total of a number over all rows, or over those of a group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.expression import Expression
from market.plan.notation import in_words
from market.plan.polynomial import combination, multiply, polynomial
from market.plan.ranges import range_of
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Number, Part, Total, Value
from market.plan.statistics.plain_columns import numbers
from market.plan.statistics.units import unit_of
from market.plan.uncertain import exact


@dataclass(frozen=True, slots=True)
class Sum:
    """Total of an expression over the rows."""

    of: Expression
    tag: Literal["sum"] = "sum"

    plural: ClassVar[str] = "sums"

    @property
    def words(self) -> str:
        return f"sum of {in_words(self.of)}"

    def unit(self, schema: Schema) -> str:
        return unit_of(self.of, schema)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group Σx over the rows where the polynomial is 1."""
        x = polynomial(self.of, schema)
        totals = {
            labels: combination(multiply(rows, x, schema), schema)
            for labels, rows in groups.items()
        }
        of_rows = range_of(self.of, schema).summed(schema.capacity_rows)
        return tuple(
            Part(labels, (total,) if total else (), range=of_rows)
            for labels, total in totals.items()
        )

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(
            Number(total.labels, *_value(total), total.range, is_linear=True) for total in totals
        )

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from map(cls, numbers(columns))


def _value(total: Total) -> Value:
    return (total.sums[0] if total.sums else exact(0.0)), ""
