"""Rows that are kept, as small codes; the columns that are encrypted are made from them singly.

A column of 700 levels is one code a row until a level is encrypted: all indicators at once would be
700 numbers a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from market.plan.factors import Boolean, Crossed, Factor, Indicator, Numeric, Validity
from market.plan.polynomial import encoded_levels
from market.plan.schema import Schema
from market.tables.level_places import level_places
from market.tables.table import Codes, Floats


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CodedRows:
    """Rows that are kept, as one small code for each cell: the mapped number, 0 or 1, the place of
    the level, or the day."""

    schema: Schema
    rows: int
    codes: Mapping[str, Floats]

    def __getitem__(self, rows: slice) -> CodedRows:
        codes = {name: values[rows] for name, values in self.codes.items()}
        return CodedRows(self.schema, len(range(self.rows)[rows]), codes)

    def encoded(self, factor: Factor) -> Floats:
        """One column as it is encrypted, without padding: float64[rows] in [-1, 1]."""
        match factor:
            case Validity():
                return np.ones(self.rows)
            case Numeric(column=name) | Boolean(column=name):
                return self.codes[name]
            case Indicator(column=key, level=level):
                place = encoded_levels(key, self.schema).index(level)
                return np.equal(self.places(key), place).astype(np.float64)
            case Crossed(left=left, right=right):
                return self.encoded(left) * self.encoded(right)

    def places(self, key: str) -> Codes:
        """The place of each row's level among those of a key: int64[rows]."""
        column, _, _ = key.partition(".")
        return level_places(key, self.codes[column], self.schema)


class RowQueue:
    """Rows that come in batches and are taken in blocks."""

    def __init__(self, schema: Schema, batches: Iterable[CodedRows]) -> None:
        self._schema = schema
        self._batches = iter(batches)
        self._waiting = _joined(schema, [])

    def take(self, rows: int) -> CodedRows:
        """The next rows: as many as asked for, fewer at the end."""
        parts = [self._waiting]
        held = self._waiting.rows
        while held < rows and (batch := next(self._batches, None)) is not None:
            parts.append(batch)
            held += batch.rows
        joined = _joined(self._schema, parts)
        self._waiting = joined[rows:]
        return joined[:rows]


def padded(values: Floats, slots: int) -> Floats:
    """With zeros at the end."""
    return np.concatenate([values, np.zeros(slots - len(values))])


def _joined(schema: Schema, parts: Sequence[CodedRows]) -> CodedRows:
    codes = {
        column.name: np.concatenate([np.zeros(0), *(part.codes[column.name] for part in parts)])
        for column in schema.columns
    }
    return CodedRows(schema, sum(part.rows for part in parts), codes)
