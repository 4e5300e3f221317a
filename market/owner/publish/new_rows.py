"""The rows that an appended version encrypts: those after the full blocks of the version before.

They are held while the table is looked at, so that it is read once. Of more than a few blocks the
table is read again instead: memory depends on the number of columns, not on the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from market.tables.coded_rows import CodedRows


def rows_after(first: int, batches: Iterable[CodedRows]) -> Iterator[CodedRows]:
    """The rows of batches but for the first so many."""
    left = first
    for batch in batches:
        skipped = min(left, batch.rows)
        left -= skipped
        if skipped < batch.rows:
            yield batch[skipped:]


class NewRows:
    """Takes kept rows from top to bottom, and holds those after the first so many."""

    def __init__(self, first: int, *, most_rows: int) -> None:
        """Of more than `most_rows` none is held."""
        self._left = first
        self._room = most_rows
        self._held: list[CodedRows] | None = []

    def add(self, rows: CodedRows) -> None:
        """The next rows."""
        skipped = min(self._left, rows.rows)
        self._left -= skipped
        self._room -= rows.rows - skipped
        if self._room < 0:
            self._held = None
        elif self._held is not None and skipped < rows.rows:
            self._held.append(rows[skipped:])

    def held(self) -> list[CodedRows] | None:
        """All of them; None where there were too many."""
        return self._held
