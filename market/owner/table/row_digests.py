"""A keyed digest of each full block of rows, while they go by.

BLAKE3 (O'Connor, Aumasson, Neves, Wilcox-O'Hearn 2020), keyed: cells have few values, and whoever
sees a bare digest could try them all. Each column is digested by itself, so that it does not matter
in which batches the rows come; a block's digest is that of its columns' digests.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from blake3 import blake3

from crypto.secret import Secret
from market.plan.schema import Schema
from market.tables.coded_rows import CodedRows
from market.vault.row_blocks import RowBlocks

_CONTEXT: Final = "ciphertext-market 2026 digests of blocks of rows"
"""Sets this use of the lineage key apart from any other (BLAKE3, section 2.3: key derivation)."""


class RowDigests:
    """Takes kept rows from top to bottom, in batches of any length."""

    def __init__(self, schema: Schema, key: Secret, rows_of_block: int) -> None:
        """`key` is the lineage key."""
        self._key = blake3(key.reveal(), derive_key_context=_CONTEXT).digest()
        self._names = [column.name for column in schema.columns]
        # How many rows there may be does not change what one of them becomes.
        self._coding = replace(schema, capacity_rows=1).digest()
        self._rows_of_block = rows_of_block
        self._digests: list[str] = []
        self._begin()

    def add(self, rows: CodedRows) -> None:
        """The next rows."""
        first = 0
        while first < rows.rows:
            some = rows[first : first + self._rows_of_block - self._held]
            for name, column in zip(self._names, self._columns, strict=True):
                column.update(np.ascontiguousarray(some.codes[name], "<f8").data.cast("B"))
            self._held += some.rows
            first += some.rows
            if self._held == self._rows_of_block:
                self._end()

    def blocks(self) -> RowBlocks:
        """Those that were full; the rows after them are in none."""
        return RowBlocks(self._coding, self._rows_of_block, tuple(self._digests))

    def _begin(self) -> None:
        self._held = 0
        self._columns = [blake3() for _ in self._names]

    def _end(self) -> None:
        columns = b"".join(column.digest() for column in self._columns)
        self._digests.append(blake3(columns, key=self._key).hexdigest())
        self._begin()
