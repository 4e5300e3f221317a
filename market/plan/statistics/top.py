"""The most frequent levels of a key, and how many rows have each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import ClassVar, Literal, Self

from market.errors import Refused
from market.plan.keys import levels_of
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.count import Count
from market.plan.statistics.plain_columns import keys
from market.plan.statistics.split import split
from market.plan.uncertain import REACH_SDS


@dataclass(frozen=True, slots=True)
class Top:
    """The levels with the largest noised counts, the largest first. Which they are comes out of the
    counts of all levels, after these were noised: it costs no more than their histogram."""

    column: str
    levels: int
    tag: Literal["top"] = "top"

    plural: ClassVar[str] = "most frequent levels"

    def __post_init__(self) -> None:
        if self.levels < 1:
            raise ValueError(f"the top {self.levels} levels, expected 1 or more")

    @property
    def words(self) -> str:
        return f"the {self.levels} most frequent levels of {self.column}, and their numbers of rows"

    def unit(self, schema: Schema) -> str:
        return Count().unit(schema)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group and level, n."""
        known = levels_of(self.column, schema)
        if self.levels > len(known):
            raise Refused(
                "plan-top",
                f"The top {self.levels} are asked for of {self.column}, which has "
                f"{len(known)} levels.",
                f"Ask for 1 to {len(known)} of them.",
            )
        return Count().over(split(groups, (self.column,), schema), schema)

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        counts = Count().finish(totals)
        groups = groupby(counts, key=lambda number: number.labels[:-1])
        return tuple(number for _, group in groups for number in self._largest(list(group)))

    def _largest(self, counts: list[Number]) -> Iterator[Number]:
        """Of one group: each with a note when its rank may be the noise's doing."""
        ranked = sorted(counts, key=_size, reverse=True)
        notes = [*(_note(one, after) for one, after in pairwise(ranked)), ""]
        for number, note in list(zip(ranked, notes, strict=True))[: self.levels]:
            yield Number(number.labels, number.value, note, number.range)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from (cls(key, 1) for key in keys(columns))


def _size(number: Number) -> float:
    return number.value.value if number.value else 0.0


def _note(one: Number, after: Number) -> str:
    if one.value is None or after.value is None:
        return ""
    gap = one.value - after.value
    if not gap.sd or gap.value >= REACH_SDS * gap.sd:
        return ""
    return f"Not apart from the next, {after.labels[-1]}, by more than noise may have made."
