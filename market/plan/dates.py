"""A date in a table: what can be asked of it are its parts, and each part is a key.

    admitted   2019-01-01 to 2024-12-31, by year and weekday
    admitted.year      2019, 2020, ..., 2024, OTHER
    admitted.weekday   Monday, ..., Sunday, OTHER

A date beyond the two declared is OTHER in every part: clipped to the nearest it would be counted in
a month and on a weekday that it is not of. So levels of two parts that no day between the two has
are known to meet in no row, and nothing is opened of them.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from market.plan.column_text import OTHER, check_column, counted_in_words

Part = Literal["year", "month", "weekday"]
PARTS: tuple[Part, ...] = ("year", "month", "weekday")
_MONTHS = tuple(str(month) for month in range(1, 13))
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MOST_YEARS = 200


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A date from `first` to `last`, both ISO 8601; others are OTHER. A row without one, or with
    text that is none, is OTHER too or left out, by the null rule. `only_summed` is of all parts
    (market.plan.columns)."""

    name: str
    first: str
    last: str
    meaning: str
    null: Literal["other", "drop_row"]
    parts: tuple[Part, ...]
    only_summed: bool = False
    tag: Literal["date"] = "date"

    def __post_init__(self) -> None:
        check_column(self.name, self.meaning)
        first, last = _day(self.first, self.name), _day(self.last, self.name)
        if not first <= last or last.year - first.year >= _MOST_YEARS:
            raise ValueError(
                f"column {self.name}: from {self.first} to {self.last}, expected a first day, then "
                f"a last one, of at most {_MOST_YEARS} years"
            )
        if not self.parts or self.parts != tuple(part for part in PARTS if part in self.parts):
            raise ValueError(
                f"column {self.name}: parts are {', '.join(self.parts) or 'missing'}, expected "
                f"some of {', '.join(PARTS)}, in this order"
            )

    @property
    def first_day(self) -> datetime.date:
        """The first of the days."""
        return datetime.date.fromisoformat(self.first)

    @property
    def days(self) -> int:
        """How many there are from the first day to the last."""
        return (datetime.date.fromisoformat(self.last) - self.first_day).days + 1

    @property
    def levels_by_key(self) -> Mapping[str, tuple[str, ...]]:
        """The levels of each part, by its key; OTHER last."""
        return {f"{self.name}.{part}": (*self._levels(part), OTHER) for part in self.parts}

    @property
    def values_in_words(self) -> str:
        """The days, and what is asked of them."""
        days = f"{self.first} to {self.last}, by {', '.join(self.parts)}; others are {OTHER}"
        return days + counted_in_words(self.only_summed)

    def level(self, key: str, day: datetime.date) -> str:
        """The level of a key that a day between the first and the last has."""
        match key.removeprefix(f"{self.name}."):
            case "year":
                return str(day.year)
            case "month":
                return _MONTHS[day.month - 1]
            case _:
                return _WEEKDAYS[day.weekday()]

    def has(self, levels: Mapping[str, str]) -> bool:
        """Whether a row may have these levels, by key: those of a declared day, or OTHER in all."""
        keys = tuple(sorted(levels))
        wanted = tuple(levels[key] for key in keys)
        return set(wanted) == {OTHER} or wanted in _levels_of_days(self, keys)

    def _levels(self, part: Part) -> tuple[str, ...]:
        match part:
            case "year":
                last = datetime.date.fromisoformat(self.last)
                return tuple(str(year) for year in range(self.first_day.year, last.year + 1))
            case "month":
                return _MONTHS
            case "weekday":
                return _WEEKDAYS


def _day(text: str, column: str) -> datetime.date:
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise ValueError(f"column {column}: {text!r:.40} is not a day such as 2024-12-31")
    return day


# A plan asks of each pair of levels of two parts; there are tens of thousands of days.
@lru_cache(maxsize=256)
def _levels_of_days(column: DateColumn, keys: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """What the declared days have of these keys, together."""
    days = (column.first_day + datetime.timedelta(days=place) for place in range(column.days))
    return frozenset(tuple(column.level(key, day) for key in keys) for day in days)
