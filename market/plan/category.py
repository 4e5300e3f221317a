"""A categorical column in a buyer's program: it has levels, and no numbers to compute with.

ds["health"].histogram()       rows at each level
ds["health"] == "good"         1 where the level is, else 0
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from market.errors import Refused
from market.plan.expression import Level
from market.plan.polynomial import categorical, level_indicator
from market.plan.quantity import AskedStatistic, Quantity, ask, leaf
from market.plan.refusals import WithoutArithmetic, WithoutItems
from market.plan.schema import Schema
from market.plan.statistics import KINDS, Histogram


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Category(WithoutArithmetic, WithoutItems):
    """A categorical column."""

    schema: Schema
    name: str

    def histogram(self) -> AskedStatistic:
        """Number of rows at each level, OTHER included."""
        return ask(Histogram(self.name), self.schema)

    def __eq__(self, level: object) -> Quantity:  # type: ignore[override]  # lazy, no bool
        """1 in the rows that have the level, else 0."""
        if not isinstance(level, str):
            return self._compared(level)
        level_indicator(self.name, level, self.schema)
        return leaf(self.schema, Level(self.name, level))

    def _operated(self, *_arguments: object) -> NoReturn:
        raise Refused(
            "plan-categorical",
            f"Column {self.name} is categorical: it has levels, not numbers.",
            f'Compare it with one level, such as ds["{self.name}"] == "{self._levels()[0]}".',
        )

    def __getattr__(self, name: str) -> NoReturn:
        if name in KINDS and hasattr(Quantity, name):
            self._operated()
        WithoutArithmetic.__getattr__(self, name)

    def __repr__(self) -> str:
        return f"categorical column {self.name}"

    def _levels(self) -> tuple[str, ...]:
        return categorical(self.name, self.schema).all_levels
