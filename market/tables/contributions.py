"""How many rows each person has had so far: what the contribution bound is kept by.

A person is a normal id (market.tables.person). Counts grow while a table is read from top to
bottom, so a table of any length needs one count for each person and nothing for each row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


class Contributions(Protocol):
    """Rows by person."""

    def add(self, rows: Mapping[str, int]) -> Sequence[int]:
        """Count further rows of some people, 0 for one who is only seen; what each of them had
        before, in the order given."""
        ...


class CountedInMemory:
    """Counts in a dictionary, for tables that are in memory anyway."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}

    def add(self, rows: Mapping[str, int]) -> Sequence[int]:
        before = [self._rows.get(person, 0) for person in rows]
        for had, (person, more) in zip(before, rows.items(), strict=True):
            self._rows[person] = had + more
        return before


def ranks(people: Sequence[str], places: Codes, counted: Contributions) -> Codes:
    """How many rows above each row are its person's, those counted before included.

    `places` is each row's place in `people`, in which nobody stands twice.
    """
    more = np.bincount(places, minlength=len(people)).tolist()
    before = counted.add(dict(zip(people, more, strict=True)))
    return np.array(before, dtype=np.int64)[places] + _earlier(places)


def _earlier(places: Codes) -> Codes:
    """How many earlier rows have the same place."""
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    starts = np.searchsorted(ordered, ordered, side="left")
    earlier = np.empty(len(places), dtype=np.int64)
    earlier[order] = np.arange(len(places)) - starts
    return earlier
