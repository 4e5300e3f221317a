"""How many rows there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.polynomial import combination
from market.plan.ranges import SHARE
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.uncertain import exact


@dataclass(frozen=True, slots=True)
class Count:
    """Number of rows."""

    tag: Literal["count"] = "count"

    plural: ClassVar[str] = "counts"

    @property
    def words(self) -> str:
        return "number of rows"

    def unit(self, _schema: Schema) -> str:
        return "rows"

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group n; nothing where no row can be in it."""
        numbers = {labels: combination(rows, schema) for labels, rows in groups.items()}
        of_rows = SHARE.summed(schema.capacity_rows)
        return tuple(
            Part(labels, (n,) if n else (), range=of_rows) for labels, n in numbers.items()
        )

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(
            Number(
                total.labels,
                total.sums[0] if total.sums else exact(0.0),
                "",
                total.range,
                is_linear=True,
            )
            for total in totals
        )

    @classmethod
    def examples(cls, _columns: Sequence[Column]) -> Iterator[Self]:
        yield cls()
