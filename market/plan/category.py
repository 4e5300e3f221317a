"""A categorical column in a buyer's program, or a date's part: it has levels, and no numbers to
compute with.

ds["health"].histogram()                     rows at each level
ds["health"].proportions()                   the same, as parts of all rows
ds["health"] == "good"                       a condition: 1 where the level is, else 0
ds["health"].isin(["good", "fair"])          a condition: one of several levels
ds["health"].map({"good": 1, "poor": 0.3, "OTHER": 0})      a number for each level
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from market.errors import Refused
from market.plan.asked import AskedStatistic, ask
from market.plan.expression import Constant, Level
from market.plan.polynomial import encoded_levels, level_indicator
from market.plan.quantity import Quantity, leaf
from market.plan.refusals import WithoutArithmetic, WithoutItems
from market.plan.rows import ALL, Rows
from market.plan.schema import Schema
from market.plan.statistics import KINDS, Histogram, Proportions
from market.plan.top_levels import top_of


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Category(WithoutArithmetic, WithoutItems):
    """A categorical column, or one of a date's parts."""

    schema: Schema
    name: str
    rows: Rows = ALL

    def histogram(self) -> AskedStatistic:
        """Number of rows at each level, OTHER included."""
        return ask(Histogram(self.name), self.schema, self.rows)

    def proportions(self) -> AskedStatistic:
        """Share of rows at each level, from 0 to 1."""
        return ask(Proportions(self.name, "one"), self.schema, self.rows)

    def percentages(self) -> AskedStatistic:
        """Share of rows at each level, from 0 to 100."""
        return ask(Proportions(self.name, "percent"), self.schema, self.rows)

    def top(self, levels: int) -> AskedStatistic:
        """The levels that most rows have, and how many have each."""
        return ask(top_of(self.name, levels), self.schema, self.rows)

    def isin(self, levels: Sequence[str]) -> Quantity:
        """The condition that a row has one of the levels."""
        if isinstance(levels, str) or not all(isinstance(level, str) for level in levels):
            raise Refused(
                "plan-operand",
                f"Levels are {type(levels).__name__:.60}, expected a list of texts.",
                f'Write isin(["{self._levels()[0]}"]).',
            )
        nowhere = leaf(self.schema, Constant("0"), self.rows)
        return sum((self == level for level in dict.fromkeys(levels)), nowhere)

    def map(self, numbers: Mapping[str, object]) -> Quantity:
        """A number for each level: a weight, a score, a price.

        Raises:
            Refused: `plan-level` unless every level has one, OTHER too, and nothing else has.
        """
        if set(numbers) != set(self._levels()):
            raise Refused(
                "plan-level",
                f"Numbers are given for {', '.join(map(str, numbers))!s:.200}; "
                f"column {self.name} has other levels.",
                f"Give one for each of {', '.join(self._levels())}.",
            )
        nothing = leaf(self.schema, Constant("0"), self.rows)
        return sum(((self == level) * number for level, number in numbers.items()), nothing)

    def __eq__(self, level: object) -> Quantity:  # type: ignore[override]  # lazy, no bool
        """The condition that a row has the level: 1 where it has, else 0."""
        if not isinstance(level, str):
            return self._compared(level)
        level_indicator(self.name, level, self.schema)
        return leaf(self.schema, Level(self.name, level), self.rows)

    def __ne__(self, level: object) -> Quantity:  # type: ignore[override]  # lazy, no bool
        """The condition that a row has another level."""
        return ~(self == level)

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
        return encoded_levels(self.name, self.schema)
