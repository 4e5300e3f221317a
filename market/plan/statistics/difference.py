"""How much one statistic is above another: the same of two groups, most often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal, Self

from market.errors import Refused
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.group_by import GroupBy
from market.plan.statistics.mean import Mean
from market.plan.statistics.plain import Plain
from market.plan.statistics.plain_columns import conditions
from market.plan.statistics.top import Top
from market.plan.statistics.where import Where


@dataclass(frozen=True, slots=True)
class Difference:
    """`left` less `right`, number by number. What both owe to the same noise falls out of the
    error, or counts twice, as it should."""

    left: Plain | GroupBy | Where
    right: Plain | GroupBy | Where
    tag: Literal["difference"] = "difference"

    plural: ClassVar[str] = "differences"

    @property
    def words(self) -> str:
        return f"({self.left.words}) less ({self.right.words})"

    def unit(self, schema: Schema) -> str:
        unit = self.left.unit(schema)
        return unit if unit == self.right.unit(schema) else ""

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """All parts of the left side, then as many of the right one.

        Raises:
            Refused: `plan-difference` unless both sides have the same numbers, in one unit; what
                either side raises.
        """
        if any(isinstance(_innermost(side), Top) for side in (self.left, self.right)):
            raise _unlike(self, "levels, which come out of the data")
        if self.left.unit(schema) != self.right.unit(schema):
            raise _unlike(self, "units")
        left, right = self.left.over(groups, schema), self.right.over(groups, schema)
        if [part.labels for part in left] != [part.labels for part in right]:
            raise _unlike(self, "levels")
        return (*left, *right)

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        half = len(totals) // 2
        left, right = self.left.finish(totals[:half]), self.right.finish(totals[half:])
        return tuple(_less(one, other) for one, other in zip(left, right, strict=True))

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        for mean in Mean.examples(columns):
            groups = [Where(chosen, mean) for chosen in conditions(columns)]
            yield from (cls(left, right) for left, right in pairwise(groups))


def _innermost(statistic: Plain | GroupBy | Where) -> Plain:
    while isinstance(statistic, GroupBy | Where):
        statistic = statistic.statistic
    return statistic


def _less(left: Number, right: Number) -> Number:
    note = " ".join(dict.fromkeys(note for note in (left.note, right.note) if note))
    if left.value is None or right.value is None:
        return Number(left.labels, None, note)
    return Number(
        left.labels,
        left.value - right.value,
        note,
        left.range - right.range,
        is_linear=left.is_linear and right.is_linear,
    )


def _unlike(difference: Difference, what: str) -> Refused:
    return Refused(
        "plan-difference",
        f"The {difference.left.tag} and the {difference.right.tag} have other {what}.",
        "Subtract the same statistic of other rows, such as "
        'ds.where(ds["g"] == "a")["x"].mean() - ds.where(ds["g"] == "b")["x"].mean().',
    )
