"""A member's own table, as its agent hands it to the worker: people, and columns bit by bit.

Blocks: 32 bytes for each person, SHA-256 of the normal form of their id (UTF-8); then one block for
each column, little-endian uint16 a row: a code from 0 to 65535 of 16 bits, 0 or 1 of one bit. What
breaks a rule that the other members check in shares is refused here, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crypto.errors import FormatError, ParameterError
from crypto.mpc.programs.join_arguments import Column, Table

PERSON_BYTES = 32

Bits = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OwnTable:
    """Rows of distinct people.

    Attributes:
        people: uint8[rows][32].
        bits: uint8[bits][rows] of 0 and 1, the lowest bit of a code first.
    """

    people: NDArray[np.uint8]
    bits: Bits

    @property
    def rows(self) -> int:
        """How many people there are."""
        return len(self.people)


def read_table(blocks: Sequence[bytes], table: Table) -> OwnTable:
    """The table that a member's secret blocks hold.

    Raises:
        FormatError: blocks of other lengths, a person twice, a bit that is none, two levels at
        once. ParameterError: more rows than the table's capacity.
    """
    if len(blocks) != 1 + len(table.columns):
        raise FormatError(f"{len(blocks)} blocks, expected {1 + len(table.columns)}")
    rows, rest = divmod(len(blocks[0]), PERSON_BYTES)
    if rest:
        raise FormatError(f"people are not a multiple of {PERSON_BYTES} bytes")
    if rows > table.capacity_rows:
        raise ParameterError(f"{rows} rows, expected at most {table.capacity_rows}")
    people = np.frombuffer(blocks[0], np.uint8).reshape(rows, PERSON_BYTES)
    if len(set(map(bytes, np.ascontiguousarray(people[:, : PERSON_BYTES // 2])))) != rows:
        raise FormatError("a person stands in two rows")
    bits = np.empty((table.bits, rows), np.uint8)
    for place, column in enumerate(table.columns):
        bits[table.bits_of(place)] = _bits(blocks[1 + place], column, rows)
    if any(bits[group].sum(axis=0, dtype=np.int64).max(initial=0) > 1 for group in table.groups()):
        raise FormatError("a row has two levels of one group")
    return OwnTable(people, bits)


def _bits(block: bytes, column: Column, rows: int) -> Bits:
    if len(block) != 2 * rows:
        raise FormatError(f"a column has {len(block)} bytes, expected {2 * rows}")
    codes = np.frombuffer(block, "<u2")
    if column.bits == 1 and (codes > 1).any():
        raise FormatError("a column of one bit holds more than 0 and 1")
    places = np.arange(column.bits, dtype=np.uint16)
    return ((codes[None] >> places[:, None]) & np.uint16(1)).astype(np.uint8)
