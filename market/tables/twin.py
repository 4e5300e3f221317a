"""The twin: a synthetic table with the shape of the schema and nothing of the data.

Public by construction: a function of the schema, a public seed and a number of rows. Numeric
columns follow the owner's reference mean and standard deviation, or spread evenly over the bounds,
as dates do; columns are independent. NumPy's raw Philox words are fixed by its documentation for
ever, its distributions are not, so they are made here: the same seed gives the same twin on every
machine.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.random import Philox

from market.plan.dates import DateColumn
from market.plan.decimals import fraction_of
from market.plan.schema import BooleanColumn, CategoricalColumn, Column, NumericColumn, Schema
from market.tables.table import Floats, Values

# The sum of twelve uniforms, less six, has mean 0 and variance 1, by additions alone.
_UNIFORMS_PER_NORMAL = 12
_DECIMALS = 6


def make_twin(schema: Schema, seed: int, rows: int) -> dict[str, Values]:
    """A table that `encode_table` takes: every column of the schema, and the unit's if it has one.

    `seed` is public; a unit has as many rows as it may have.
    """
    table = {column.name: _values(column, seed, rows) for column in schema.columns}
    unit = schema.privacy_unit
    if unit.column is not None and unit.column not in table:
        numbers = np.arange(rows) // unit.max_rows
        table[unit.column] = np.array([f"unit-{number:09d}" for number in numbers])
    return table


def _values(column: Column, seed: int, rows: int) -> Values:
    match column:
        case NumericColumn():
            return _numeric(column, seed, rows)
        case BooleanColumn():
            return _uniform(column.name, seed, rows) < 0.5
        case CategoricalColumn():
            levels = np.array(column.all_levels)
            ends = np.cumsum([float(share) for share in column.shares[:-1]])
            return levels[np.searchsorted(ends, _uniform(column.name, seed, rows), side="right")]
        case DateColumn():
            return _dates(column, seed, rows)


def _numeric(column: NumericColumn, seed: int, rows: int) -> Floats:
    low, high = float(fraction_of(column.low)), float(fraction_of(column.high))
    if column.reference_mean is None or column.reference_sd is None:
        return np.round(low + (high - low) * _uniform(column.name, seed, rows), _DECIMALS)
    words = _uniform(column.name, seed, rows * _UNIFORMS_PER_NORMAL)
    normal = words.reshape(rows, _UNIFORMS_PER_NORMAL).sum(axis=1) - _UNIFORMS_PER_NORMAL / 2
    mean = float(fraction_of(column.reference_mean))
    sd = float(fraction_of(column.reference_sd))
    drawn: Floats = np.clip(mean + sd * normal, low, high)
    return np.round(drawn, _DECIMALS)


def _dates(column: DateColumn, seed: int, rows: int) -> Values:
    days = np.floor(column.days * _uniform(column.name, seed, rows)).astype(np.int64)
    return np.datetime_as_string(np.datetime64(column.first, "D") + days)


def _uniform(name: str, seed: int, count: int) -> Floats:
    """Multiples of 2^-53 in [0, 1), a stream of its own for each column."""
    label = hashlib.sha256(f"market/twin/1\x00{seed}\x00{name}".encode()).digest()
    words = Philox(key=int.from_bytes(label[:16], "big")).random_raw(count)
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
