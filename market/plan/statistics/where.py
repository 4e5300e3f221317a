"""A statistic of the rows for which a condition holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.conditions import rows_where
from market.plan.expression import Expression
from market.plan.notation import condition_in_words
from market.plan.polynomial import multiply
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.count import Count
from market.plan.statistics.group_by import GroupBy
from market.plan.statistics.mean import Mean
from market.plan.statistics.plain import Plain
from market.plan.statistics.plain_columns import conditions
from market.plan.statistics.sum import Sum


@dataclass(frozen=True, slots=True)
class Where:
    """A filter: the condition is an expression that is 0 or 1 in every row; it stays encrypted."""

    condition: Expression
    statistic: Plain | GroupBy
    tag: Literal["where"] = "where"

    plural: ClassVar[str] = "statistics of some of the rows"

    @property
    def words(self) -> str:
        return f"{self.statistic.words}, where {condition_in_words(self.condition)}"

    def unit(self, schema: Schema) -> str:
        return self.statistic.unit(schema)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        chosen = rows_where(self.condition, schema)
        some = {labels: multiply(rows, chosen, schema) for labels, rows in groups.items()}
        return self.statistic.over(some, schema)

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return self.statistic.finish(totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        usual = [one for kind in (Sum, Mean) for one in kind.examples(columns)]
        for chosen in conditions(columns):
            yield cls(chosen, Count())
            yield from (cls(chosen, one) for one in usual if one.of != chosen)
