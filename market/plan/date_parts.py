"""A date in a buyer's program: its parts have levels, and it has no numbers.

ds["admitted"].year.histogram()
ds[ds["admitted"].weekday == "Monday"]        the same key as ds["admitted.weekday"]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from market.errors import Refused
from market.plan.category import Category
from market.plan.dates import DateColumn, Part
from market.plan.named_columns import without_numbers
from market.plan.refusals import WithoutArithmetic, WithoutItems
from market.plan.rows import ALL, Rows
from market.plan.schema import Schema


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DateParts(WithoutArithmetic, WithoutItems):
    """A column of dates."""

    schema: Schema
    column: DateColumn
    rows: Rows = ALL

    @property
    def year(self) -> Category:
        """Which year it is in."""
        return self._part("year")

    @property
    def month(self) -> Category:
        """Which month, 1 to 12."""
        return self._part("month")

    @property
    def weekday(self) -> Category:
        """Which day of the week, Monday to Sunday."""
        return self._part("weekday")

    def _part(self, part: Part) -> Category:
        if part not in self.column.parts:
            raise Refused(
                "plan-column",
                f"Of {self.column.name} the owner declared no {part}.",
                f"Its parts are {', '.join(self.column.parts)}.",
            )
        return Category(self.schema, f"{self.column.name}.{part}", self.rows)

    def _operated(self, *_arguments: object) -> NoReturn:
        raise without_numbers(self.column)

    def __repr__(self) -> str:
        return f"date column {self.column.name}"
