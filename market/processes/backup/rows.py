"""The rows of a backup, table by table: counted, hashed, and what is signed among them verified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crypto import canonical
from crypto.errors import FormatError
from market.database.portable import Counted, Counter
from market.processes.backup.archive import member
from market.records.signed import verify_any

SIGNED: Final = {
    "access_grant": ("document", "revocation"),
    "agent_appointment": ("document",),
    "audit_entry": ("document",),
    "consortium_binding": ("document",),
    "consortium_proposal": ("document",),
    "consortium_seat": ("consent", "departure", "joining"),
    "dataset_standing": ("document",),
    "dataset_version": ("drop_word", "listing", "manifest"),
    "job_document": ("text",),
    "listing_edition": ("document",),
    "reader_key": ("document",),
    "receipt_chain": ("document",),
    "receipt_fork": ("held", "offered"),
    "shared_result": ("document",),
}
"""Columns of documents that somebody signed; of a job's some are nobody's."""


class ArchivedRows:
    """One table of a backup, whose first line is the next of `lines`.

    Attributes:
        number, documents: how many rows have gone by, and signed documents among them.
    """

    def __init__(self, lines: Iterator[bytes]) -> None:
        """Raises FormatError: no table begins here."""
        self.columns, self.table = member(next(lines, b""), "columns", "table")
        self.number = self.documents = 0
        self._lines, self._counter, self._end = lines, Counter(), b""

    def all(self) -> Iterator[bytes]:
        """The line of each row, until the one that counts them.

        Raises:
            FormatError, or another CryptoError for a document whose signature does not hold.
        """
        names = SIGNED.get(self.table, ())
        places = [self.columns.index(name) for name in names if name in self.columns]
        for line in self._counter.through(self._rows()):
            self.number += 1
            if places:
                row = canonical.loads(line.removesuffix(b"\n"))
                texts = [row[place] for place in places if row[place] is not None]
                self.documents += sum(map(verify_any, texts))
            yield line

    def counted(self) -> Counted:
        """What went by, once all did.

        Raises:
            FormatError: it is not what the backup counted.
        """
        if Counted(*member(self._end, "rows", "sha256")) != self._counter.counted:
            raise FormatError(f"table {self.table} is not as it was counted")
        return self._counter.counted

    def _rows(self) -> Iterator[bytes]:
        for line in self._lines:
            if not line.startswith(b"["):
                self._end = line
                return
            yield line


def require_end(line: bytes, lines: Iterator[bytes], *, tables: int) -> None:
    """Return if a line is a backup's last, after so many tables (raises FormatError)."""
    if member(line, "tables") != (tables,):
        raise FormatError(f"the backup has not ended after {tables} tables")
    if next(lines, None) is not None:
        raise FormatError("the backup goes on after its last line")
