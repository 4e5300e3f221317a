"""What share of the rows lies below each edge: the empirical distribution function at the edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.decimals import fraction_text
from market.plan.ranges import SHARE
from market.plan.schema import Column, Schema
from market.plan.statistics.averages import few_rows
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.cumulative import counts_of_bins, rows_of, shares_below
from market.plan.statistics.plain_columns import binned


@dataclass(frozen=True, slots=True)
class Ecdf:
    """The share of rows below each inner edge of a number's bins, which labels it. Below the first
    edge it is 0, and up to the last it is 1."""

    column: str
    tag: Literal["ecdf"] = "ecdf"

    plural: ClassVar[str] = "distribution functions"

    @property
    def words(self) -> str:
        return f"share of rows below each edge of the bins of {self.column}"

    def unit(self, _schema: Schema) -> str:
        return ""

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group n in each bin."""
        return counts_of_bins(self.column, groups, schema)

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(number for total in totals for number in _shares(total))

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from map(cls, binned(columns))


def _shares(total: Total) -> Iterator[Number]:
    rows, lacking = rows_of(total)
    inner = total.edges[1:-1]
    shares = [None] * len(inner) if lacking else shares_below(total.sums)[1:-1]
    for edge, share in zip(inner, shares, strict=True):
        labels = (*total.labels, fraction_text(edge))
        yield Number(labels, share, lacking or few_rows(rows), SHARE)
