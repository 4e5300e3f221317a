"""The share of rows for which a condition holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.conditions import rows_where
from market.plan.expression import Expression
from market.plan.notation import condition_in_words
from market.plan.polynomial import Polynomial, combination, multiply
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Labels, Number, Part, Total
from market.plan.statistics.plain_columns import conditions
from market.plan.statistics.shares import Scale, share, unit_of_shares


@dataclass(frozen=True, slots=True)
class Proportion:
    """Rows for which the condition holds, of all rows: from 0 to 1, or from 0 to 100 per cent."""

    of: Expression
    scale: Scale
    tag: Literal["proportion"] = "proportion"

    plural: ClassVar[str] = "proportions"

    @property
    def words(self) -> str:
        return f"share of rows where {condition_in_words(self.of)}"

    def unit(self, _schema: Schema) -> str:
        return unit_of_shares(self.scale)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group n, and n of the rows in which the condition holds."""
        chosen = rows_where(self.of, schema)

        def part(labels: Labels, rows: Polynomial) -> Part:
            number = combination(rows, schema)
            return Part(labels, (number, combination(multiply(rows, chosen, schema), schema)))

        return tuple(part(labels, rows) for labels, rows in groups.items())

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(share(total, self.scale) for total in totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from (cls(chosen, "one") for chosen in conditions(columns))
