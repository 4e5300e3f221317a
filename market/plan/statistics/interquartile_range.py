"""How far the middle half of the rows spreads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.expression import Column as Expressed
from market.plan.ranges import Range
from market.plan.schema import Column, Schema
from market.plan.statistics.averages import few_rows
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.cumulative import counts_of_bins, quantile, range_between, rows_of
from market.plan.statistics.plain_columns import binned
from market.plan.statistics.units import unit_of


@dataclass(frozen=True, slots=True)
class InterquartileRange:
    """The upper quartile less the lower one, of a number with bins."""

    column: str
    tag: Literal["interquartile_range"] = "interquartile_range"

    plural: ClassVar[str] = "interquartile ranges"

    @property
    def words(self) -> str:
        return f"interquartile range of {self.column}"

    def unit(self, schema: Schema) -> str:
        return unit_of(Expressed(self.column), schema)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group n in each bin."""
        return counts_of_bins(self.column, groups, schema)

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(map(_range, totals))

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from map(cls, binned(columns))


def _range(total: Total) -> Number:
    rows, lacking = rows_of(total)
    if lacking:
        return Number(total.labels, None, lacking)
    lower, upper = (quantile(total.edges, total.sums, share) for share in (0.25, 0.75))
    widest = 2 * range_between(total.edges).half_width
    return Number(total.labels, upper - lower, few_rows(rows), Range(0.0, widest))
