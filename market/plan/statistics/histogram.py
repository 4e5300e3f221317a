"""How many rows have each level of a categorical column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.polynomial import categorical, combination, level_indicator
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Number, Part, Total
from market.plan.statistics.plain_columns import keys


@dataclass(frozen=True, slots=True)
class Histogram:
    """Number of rows at each level of a categorical column."""

    column: str
    tag: Literal["histogram"] = "histogram"

    plural: ClassVar[str] = "histograms"
    is_of_spread: ClassVar[bool] = False

    @property
    def words(self) -> str:
        return f"number of rows at each level of {self.column}"

    def unit(self, _schema: Schema) -> str:
        return "rows"

    def parts(self, schema: Schema) -> tuple[Part, ...]:
        return tuple(
            Part(level, (combination(level_indicator(self.column, level, schema), schema),))
            for level in categorical(self.column, schema).all_levels
        )

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(Number(total.label, total.sums[0], "") for total in totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from map(cls, keys(columns))
