"""How many rows have each level of a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.count import Count
from market.plan.statistics.plain_columns import keys
from market.plan.statistics.split import split


@dataclass(frozen=True, slots=True)
class Histogram:
    """Number of rows at each level of a key."""

    column: str
    tag: Literal["histogram"] = "histogram"

    plural: ClassVar[str] = "histograms"

    @property
    def words(self) -> str:
        return f"number of rows at each level of {self.column}"

    def unit(self, schema: Schema) -> str:
        return Count().unit(schema)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group and level, n."""
        return Count().over(split(groups, (self.column,), schema), schema)

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return Count().finish(totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from map(cls, keys(columns))
