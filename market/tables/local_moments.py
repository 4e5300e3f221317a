"""The members' reader of a plan, at one member with rows: exact sums on the lattice.

A member multiplies and adds in the clear, at home; only sums leave, and those shared and noised.
Every row's value of a moment is a double in [-1, 1]; it is rounded to the lattice before it is
added, so one row moves a sum by at most `unit` whatever else is in the table, and sums of any
batches are the same integers.

A batch is added family by family (market.plan.moments): of the moments that differ only in the
levels of key columns a row touches one, so they are one weighted count of level codes, however many
levels there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from crypto.errors import ParameterError
from market.plan.factors import Indicator, Moment, Variable, family_id, variables_of
from market.plan.polynomial import encoded_levels
from market.plan.schema import Schema
from market.tables.coded_rows import CodedRows
from market.tables.table import Codes, Floats

Sums = NDArray[np.int64]

_LARGEST_SUM = 1 << 62
_EXACT_IN_DOUBLES = 1 << 53


@dataclass(frozen=True, slots=True)
class _Family:
    """Moments of one family: their key columns with how many levels each has, what is weighed, and
    where each moment's levels stand among all combinations."""

    keys: tuple[tuple[str, int], ...]
    values: tuple[Variable, ...]
    places: Codes
    moments: Codes

    @property
    def combinations(self) -> int:
        """Of levels of the key columns; 1 without any."""
        return reduce(lambda product, key: product * key[1], self.keys, 1)

    def sums(self, rows: CodedRows, unit: int) -> Sums:
        """Of a batch, for every moment: int64[moments]."""
        weights = self._weights(rows, unit)
        # Doubles hold these sums exactly: the batch is short enough (`_short_enough`).
        counted = np.bincount(self._codes(rows), weights, minlength=self.combinations)
        return counted.astype(np.int64)[self.places]

    def _weights(self, rows: CodedRows, unit: int) -> Floats:
        value = np.ones(rows.rows)
        for factor in self.values:
            value = value * rows.encoded(factor)
        return np.rint(value * unit)

    def _codes(self, rows: CodedRows) -> Codes:
        codes = np.zeros(rows.rows, dtype=np.int64)
        for column, levels in self.keys:
            codes = codes * levels + rows.places(column)
        return codes


def local_moments(
    schema: Schema, moments: Sequence[Moment], batches: Iterable[CodedRows], unit: int
) -> Sums:
    """The sum of every moment over all rows, in units of 1 / `unit`: int64[moments].

    Args:
        batches: the rows that stay (market.tables.encode.Encoder), a batch at a time: memory does
            not grow with their number.
        unit: lattice units per unit of encoded value, a power of two.

    Raises:
        ParameterError: the schema's capacity of such values has no int64 sum.
    """
    if unit * schema.capacity_rows > _LARGEST_SUM:
        raise ParameterError(f"{schema.capacity_rows} rows of up to {unit} have no int64 sum")
    families = _families(schema, moments)
    sums = np.zeros(len(moments), dtype=np.int64)
    for batch in batches:
        for rows in _short_enough(batch, unit):
            for family in families:
                sums[family.moments] += family.sums(rows, unit)
    return sums


def _short_enough(batch: CodedRows, unit: int) -> Iterable[CodedRows]:
    """Parts of a batch, any sum of which is exact in doubles."""
    most = max(1, _EXACT_IN_DOUBLES // unit)
    for first in range(0, batch.rows, most):
        yield batch[first : first + most]


def _families(schema: Schema, moments: Sequence[Moment]) -> list[_Family]:
    members: dict[str, list[int]] = {}
    for place, moment in enumerate(moments):
        members.setdefault(family_id(moment), []).append(place)
    return [_family(schema, moments, places) for places in members.values()]


def _family(schema: Schema, moments: Sequence[Moment], members: list[int]) -> _Family:
    first = _variables(moments[members[0]])
    columns = [one.column for one in first if isinstance(one, Indicator)]
    levels = {column: encoded_levels(column, schema) for column in columns}
    keys = tuple((column, len(levels[column])) for column in columns)
    places = []
    for member in members:
        place = 0
        for one in _variables(moments[member]):
            if isinstance(one, Indicator):
                of_column = levels[one.column]
                place = place * len(of_column) + of_column.index(one.level)
        places.append(place)
    values = tuple(one for one in first if not isinstance(one, Indicator))
    return _Family(keys, values, np.array(places), np.array(members))


def _variables(moment: Moment) -> list[Variable]:
    return [variable for factor in moment for variable in variables_of(factor)]
