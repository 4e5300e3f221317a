"""How many rows there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.polynomial import ONE, combination
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Number, Part, Total


@dataclass(frozen=True, slots=True)
class Count:
    """Number of rows."""

    tag: Literal["count"] = "count"

    plural: ClassVar[str] = "counts"
    is_of_spread: ClassVar[bool] = False

    @property
    def words(self) -> str:
        return "number of rows"

    def unit(self, _schema: Schema) -> str:
        return "rows"

    def parts(self, schema: Schema) -> tuple[Part, ...]:
        return (Part("", (combination(ONE, schema),)),)

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(Number(total.label, total.sums[0], "") for total in totals)

    @classmethod
    def examples(cls, _columns: Sequence[Column]) -> Iterator[Self]:
        yield cls()
