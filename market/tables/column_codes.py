"""The codes of cells: what texts mean in a declared column.

A code is the mapped number of a numeric column, 0 or 1 of a boolean one, the place of the level of
a categorical one, OTHER last, or the day of a date, counted from the first that is declared: the
day behind the last is OTHER. With it goes what became of the cell, which is counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from market.plan.cells import cell_key, date_of, number_of, scaling, truth_of
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    DateColumn,
    NumericColumn,
)
from market.tables.short_decimals import scaled_decimals

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

Coded = tuple[float, "Fate"]
Coder = Callable[[Sequence[str | None]], tuple[Floats, Integers]]
"""Codes and fates of some cells."""
_NULL_CODE = {"midpoint": 0.0, "low": -1.0, "high": 1.0, "false": 0.0, "drop_row": 0.0}
# How a number that was computed and failed is written in a file without types.
_FAILED = "nan"


class Fate(IntEnum):
    """What became of a cell."""

    READ = 0
    CLIPPED = 1
    MISSING = 2
    UNREADABLE = 3
    OTHER = 4


def coder(column: Column) -> Coder:
    """The code of every cell of a column. No text makes it fail."""
    match column:
        case NumericColumn():
            return _numbers(column)
        case BooleanColumn():
            return _one_by_one(_truth_code(column))
        case CategoricalColumn():
            return _one_by_one(_level_code(column))
        case DateColumn():
            return _one_by_one(_day_code(column))


def leaves_out(column: Column, fates: Integers) -> Flags:
    """Which rows the column's rule leaves out, by what became of its cells."""
    if isinstance(column, CategoricalColumn):
        drops, without = column.other == "drop_row", (Fate.MISSING, Fate.OTHER)
    else:
        # A day before the first or after the last has a level: OTHER.
        drops, without = column.null == "drop_row", (Fate.MISSING, Fate.UNREADABLE)
    dropped: Flags = np.isin(fates, without) & drops
    return dropped


def _one_by_one(code: Callable[[str | None], Coded]) -> Coder:
    def coded(texts: Sequence[str | None]) -> tuple[Floats, Integers]:
        found = [code(text) for text in texts]
        codes = np.array([value for value, _ in found], dtype=np.float64)
        return codes, np.array([fate for _, fate in found], dtype=np.int64)

    return coded


def _numbers(column: NumericColumn) -> Coder:
    one_by_one = _one_by_one(_number_code(column))

    def coded(texts: Sequence[str | None]) -> tuple[Floats, Integers]:
        values, is_known = scaled_decimals(texts, column.midpoint, column.half_range)
        codes = np.clip(values, -1.0, 1.0)
        fates = np.where(np.abs(values) > 1, int(Fate.CLIPPED), int(Fate.READ))
        others = np.flatnonzero(~is_known)
        codes[others], fates[others] = one_by_one([texts[place] for place in others.tolist()])
        return codes, fates

    return coded


def _number_code(column: NumericColumn) -> Callable[[str | None], Coded]:
    scaled = scaling(column.midpoint, column.half_range)
    null = _NULL_CODE[column.null]

    def code(text: str | None) -> Coded:
        number = None if text is None else number_of(text)
        if number is None:
            is_missing = text is None or text.lower() == _FAILED
            return null, Fate.MISSING if is_missing else Fate.UNREADABLE
        value = scaled(number)
        if abs(value) > 1:
            return math.copysign(1.0, value), Fate.CLIPPED
        return value, Fate.READ

    return code


def _truth_code(column: BooleanColumn) -> Callable[[str | None], Coded]:
    null = _NULL_CODE[column.null]

    def code(text: str | None) -> Coded:
        if text is None:
            return null, Fate.MISSING
        truth = truth_of(text)
        return (null, Fate.UNREADABLE) if truth is None else (float(truth), Fate.READ)

    return code


def _level_code(column: CategoricalColumn) -> Callable[[str | None], Coded]:
    places = {cell_key(level): float(place) for place, level in enumerate(column.levels)}
    # Of a complete column the row is left out, and the code is any.
    other = float(len(column.all_levels) - 1)

    def code(text: str | None) -> Coded:
        if text is None:
            return other, Fate.MISSING
        place = places.get(cell_key(text))
        return (other, Fate.OTHER) if place is None else (place, Fate.READ)

    return code


def _day_code(column: DateColumn) -> Callable[[str | None], Coded]:
    first, days = column.first_day, column.days
    other = float(days)

    def code(text: str | None) -> Coded:
        if text is None:
            return other, Fate.MISSING
        day = date_of(text)
        if day is None:
            return other, Fate.UNREADABLE
        number = (day - first).days
        return (float(number), Fate.READ) if 0 <= number < days else (other, Fate.OTHER)

    return code
