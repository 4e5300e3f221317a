"""Which level of a key a row has, from the code of its cell: the place among all its levels."""

from __future__ import annotations

import datetime
from decimal import Decimal
from functools import lru_cache

import numpy as np

from market.plan.cells import scaling
from market.plan.dates import DateColumn
from market.plan.schema import NumericColumn, Schema
from market.tables.table import Codes, Floats


def level_places(key: str, codes: Floats, schema: Schema) -> Codes:
    """The place of each row's level, int64[rows], from the codes of the key's column."""
    match schema.column_of(key):
        case NumericColumn() as column:
            return np.searchsorted(_inner_edges(column), codes, side="right")
        case DateColumn() as column:
            return _places_of_days(column, key)[codes.astype(np.int64)]
        case _:
            return codes.astype(np.int64)


# A table has few columns, each of them read once for every level and block of rows.
@lru_cache(maxsize=256)
def _inner_edges(column: NumericColumn) -> Floats:
    """The edges between bins, mapped as values are: rounding keeps order, so a value at an edge or
    above is not below it once both are mapped."""
    scaled = scaling(column.midpoint, column.half_range)
    return np.array([scaled(Decimal(edge)) for edge in column.bins[1:-1]], dtype=np.float64)


@lru_cache(maxsize=256)
def _places_of_days(column: DateColumn, key: str) -> Codes:
    """The place of every day's level, and of OTHER behind the last."""
    levels = column.levels_by_key[key]
    place = {level: number for number, level in enumerate(levels)}
    first = column.first_day.toordinal()
    days = (datetime.date.fromordinal(first + number) for number in range(column.days))
    places = [place[column.level(key, day)] for day in days]
    return np.array([*places, len(levels) - 1], dtype=np.int64)
