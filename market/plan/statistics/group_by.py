"""A statistic of the rows of each level of a categorical column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self, get_args

from market.plan.polynomial import categorical, level_indicator
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Number, Part, Total
from market.plan.statistics.mean import Mean
from market.plan.statistics.plain_columns import keys
from market.plan.statistics.sum import Sum
from market.plan.statistics.variance import Variance

Groupable = (
    Sum
    | Mean
    | Variance
)  # fmt: skip
"""What has sums over groups of rows, by label: `over`."""


@dataclass(frozen=True, slots=True)
class GroupBy:
    """A statistic at each level of a categorical column; the key stays encrypted."""

    column: str
    statistic: Groupable
    tag: Literal["group_by"] = "group_by"

    plural: ClassVar[str] = "statistics by group"

    @property
    def is_of_spread(self) -> bool:
        return self.statistic.is_of_spread

    @property
    def words(self) -> str:
        return f"{self.statistic.words}, at each level of {self.column}"

    def unit(self, schema: Schema) -> str:
        return self.statistic.unit(schema)

    def parts(self, schema: Schema) -> tuple[Part, ...]:
        levels = categorical(self.column, schema).all_levels
        groups = {level: level_indicator(self.column, level, schema) for level in levels}
        return self.statistic.over(groups, schema)

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return self.statistic.finish(totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        inner = [one for kind in _GROUPABLE for one in kind.examples(columns)]
        yield from (cls(key, one) for key in keys(columns) for one in inner)


_GROUPABLE: tuple[type[Groupable], ...] = get_args(Groupable)
