"""Rows by person of a table of any size, in a temporary database instead of in memory.

The database has no name: SQLite keeps it in its cache, spills what does not fit into a file that is
already deleted, and drops it when it is closed. It holds no ids but keyed ones, the same the agent
keeps lineages by (market.vault.store.lineages).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence

from crypto.secret import Secret
from market.vault.store.lineages import keyed_units

_CACHE_KIB = 32 * 1024


class ContributionsOnDisk(Collection[bytes]):
    """See market.tables.contributions. As a collection it is everybody who was counted, by keyed
    id; it may be gone through more than once."""

    def __init__(self, key: Secret) -> None:
        """`key` is the lineage key."""
        self._key = key
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._database.execute(
            "CREATE TABLE person (unit BLOB PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID"
        )

    def __enter__(self) -> ContributionsOnDisk:
        return self

    def __exit__(self, *_error: object) -> None:
        self._database.close()

    def add(self, rows: Mapping[str, int]) -> Sequence[int]:
        """Count rows by id; returns how many each had before, in the order given."""
        units = list(keyed_units(self._key, rows))
        before = [self._rows(unit) for unit in units]
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT INTO person VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET rows = rows + excluded.rows",
            zip(units, rows.values(), strict=True),
        )
        self._database.execute("COMMIT")
        return before

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM person").fetchone()[0])

    def __iter__(self) -> Iterator[bytes]:
        return (unit for (unit,) in self._database.execute("SELECT unit FROM person"))

    def __contains__(self, unit: object) -> bool:
        found = self._database.execute("SELECT 1 FROM person WHERE unit = ?", (unit,)).fetchone()
        return found is not None

    def _rows(self, unit: bytes) -> int:
        found = self._database.execute("SELECT rows FROM person WHERE unit = ?", (unit,)).fetchone()
        return found[0] if found else 0
