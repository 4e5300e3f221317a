"""Read a backup to its end, as a restore would, and write nothing: whether it could be restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from crypto.secret import Secret
from market.errors import Refused
from market.processes.backup.archive import open_archive
from market.processes.backup.rows import ArchivedRows, require_end


@dataclass(frozen=True, slots=True)
class Verified:
    """A backup that is whole: when it was made (unix seconds), at which revision, and what is in
    it."""

    made_at: int
    revision: str
    rows: int
    documents: int


def verify(archive: Path, unlock: Secret, *, identity: str) -> Verified:
    """Open a backup under its passphrase; count and hash every table, verify every signature.

    Args:
        identity: the platform's public key, in hex.

    Raises:
        NotFound: `no-backup`. Refused: `backup-invalid`; `backup-of-another`: of another platform.
    """
    with open_archive(archive, unlock) as (head, lines):
        if head.identity != identity:
            raise Refused(
                "backup-of-another",
                f"{archive} is a backup of the platform {head.identity[:16]}, not of "
                f"{identity[:16]}.",
                "Name a backup of this platform, or the home of the other with --home.",
            )
        tables = rows = documents = 0
        for line in lines:
            if line.startswith(b'{"tables"'):
                require_end(line, lines, tables=tables)
                return Verified(head.made_at, head.revision, rows, documents)
            table = _read(chain((line,), lines))
            tables, rows, documents = tables + 1, rows + table.number, documents + table.documents
        require_end(b"", lines, tables=tables)
    raise AssertionError("a backup without an end is refused above")


def _read(lines: Iterator[bytes]) -> ArchivedRows:
    table = ArchivedRows(lines)
    for _ in table.all():
        pass
    table.counted()
    return table
