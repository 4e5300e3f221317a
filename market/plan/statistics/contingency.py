"""How many rows have each pair of levels, for every pair of several keys at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Literal, Self

from market.plan.polynomial import Polynomial
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Labels, Number, Part, Total
from market.plan.statistics.count import Count
from market.plan.statistics.plain_columns import keys
from market.plan.statistics.split import split


@dataclass(frozen=True, slots=True)
class Contingency:
    """All two-way tables of the keys. Every number is labelled by both keys and both levels."""

    columns: tuple[str, ...]
    tag: Literal["contingency"] = "contingency"

    plural: ClassVar[str] = "contingency tables"

    def __post_init__(self) -> None:
        if len(self.columns) < 2 or len(set(self.columns)) != len(self.columns):
            raise ValueError(f"{len(self.columns)} keys, expected two or more distinct ones")

    @property
    def words(self) -> str:
        keys = ", ".join(self.columns)
        return f"number of rows at each pair of levels, for each pair of {keys}"

    def unit(self, schema: Schema) -> str:
        return Count().unit(schema)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group, each pair of keys and each pair of their levels, n."""
        return tuple(
            part
            for labels, rows in groups.items()
            for one, other in combinations(self.columns, 2)
            for part in _table(labels, rows, (one, other), schema)
        )

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return Count().finish(totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        yield from (cls(pair) for pair in combinations(keys(columns), 2))


def _table(
    labels: Labels, rows: Polynomial, keys: tuple[str, str], schema: Schema
) -> tuple[Part, ...]:
    return Count().over(split({(*labels, *keys): rows}, keys, schema), schema)
