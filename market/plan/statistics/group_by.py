"""A statistic of the rows of each level of a key, or of each pair of levels of two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Literal, Self

from market.plan.expression import Column as Expressed
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.count import Count
from market.plan.statistics.mean import Mean
from market.plan.statistics.plain import Plain
from market.plan.statistics.plain_columns import keys
from market.plan.statistics.split import split
from market.plan.statistics.sum import Sum
from market.plan.statistics.variance import Variance

MAXIMUM_KEYS = 4


@dataclass(frozen=True, slots=True)
class GroupBy:
    """A statistic at each level of a key, or of several together; the keys stay encrypted."""

    columns: tuple[str, ...]
    statistic: Plain
    tag: Literal["group_by"] = "group_by"

    plural: ClassVar[str] = "statistics by group"

    def __post_init__(self) -> None:
        if not 1 <= len(self.columns) <= MAXIMUM_KEYS:
            raise ValueError(f"{len(self.columns)} keys, expected 1 to {MAXIMUM_KEYS}")
        if len(set(self.columns)) != len(self.columns):
            raise ValueError("a key is named twice, expected distinct keys")

    @property
    def words(self) -> str:
        return f"{self.statistic.words}, at each level of {' and '.join(self.columns)}"

    def unit(self, schema: Schema) -> str:
        return self.statistic.unit(schema)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        return self.statistic.over(split(groups, self.columns, schema), schema)

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return self.statistic.finish(totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        """The usual ones by one key; by two keys counts, which no engine finds too deep."""
        usual = [one for kind in (Sum, Mean, Variance) for one in kind.examples(columns)]
        for key in keys(columns):
            yield cls((key,), Count())
            yield from (cls((key,), one) for one in usual if one.of != Expressed(key))
        yield from (cls(pair, Count()) for pair in combinations(keys(columns), 2))
