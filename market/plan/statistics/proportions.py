"""The share of rows that have each level of a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.polynomial import combination
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.plain_columns import keys
from market.plan.statistics.shares import Scale, share, unit_of_shares
from market.plan.statistics.split import split


@dataclass(frozen=True, slots=True)
class Proportions:
    """Rows at each level, of all rows: from 0 to 1, or from 0 to 100 per cent."""

    column: str
    scale: Scale
    tag: Literal["proportions"] = "proportions"

    plural: ClassVar[str] = "proportions of levels"

    @property
    def words(self) -> str:
        return f"share of rows at each level of {self.column}"

    def unit(self, _schema: Schema) -> str:
        return unit_of_shares(self.scale)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group and level n of the group, and n of those rows that have the level."""
        return tuple(
            Part(level, (combination(rows, schema), combination(having, schema)))
            for labels, rows in groups.items()
            for level, having in split({labels: rows}, (self.column,), schema).items()
        )

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(share(total, self.scale) for total in totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from (cls(key, "one") for key in keys(columns))
