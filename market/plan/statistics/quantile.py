"""The value that a share of the rows lies below: a median, or any other quantile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.decimals import fraction_of
from market.plan.expression import Column as Expressed
from market.plan.schema import Column, Schema
from market.plan.statistics.averages import few_rows
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.cumulative import counts_of_bins, quantile, range_between, rows_of
from market.plan.statistics.plain_columns import binned
from market.plan.statistics.units import unit_of

MOST_QUANTILES = 100


@dataclass(frozen=True, slots=True)
class Quantile:
    """Quantiles of a number with bins. Several are labelled by their shares.

    `at` are shares of the rows as decimals, above 0 and below 1: at these ends stand the bounds,
    which are in the schema.
    """

    column: str
    at: tuple[str, ...]
    tag: Literal["quantile"] = "quantile"

    plural: ClassVar[str] = "quantiles"

    def __post_init__(self) -> None:
        if not 1 <= len(set(self.at)) == len(self.at) <= MOST_QUANTILES:
            raise ValueError(f"{len(self.at)} shares, expected 1 to {MOST_QUANTILES} distinct ones")
        if outside := [share for share in self.at if not 0 < fraction_of(share) < 1]:
            raise ValueError(f"a share of {outside[0]:.40}, expected one above 0 and below 1")

    @property
    def words(self) -> str:
        return f"quantiles of {self.column} at {', '.join(self.at)}"

    def unit(self, schema: Schema) -> str:
        return unit_of(Expressed(self.column), schema)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group n in each bin."""
        return counts_of_bins(self.column, groups, schema)

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(number for total in totals for number in self._of(total))

    def _of(self, total: Total) -> Iterator[Number]:
        rows, lacking = rows_of(total)
        between = range_between(total.edges)
        for share in self.at:
            labels = (*total.labels, share) if len(self.at) > 1 else total.labels
            if lacking:
                yield Number(labels, None, lacking)
            else:
                value = quantile(total.edges, total.sums, float(fraction_of(share)))
                yield Number(labels, value, few_rows(rows), between)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from (cls(name, ("0.5",)) for name in binned(columns))
