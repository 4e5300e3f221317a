"""Whether anything was written to the store since it was last asked: SQLite's own word.

`PRAGMA data_version` on one connection differs from its value before if and only if another
connection, of this process or of any other, has committed a change in between
(https://www.sqlite.org/pragma.html#pragma_data_version). So the connection here never writes.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from market.database.engine import BUSY_SECONDS
from market.database.failures import typed_failures


@dataclass(slots=True)
class StoreRevision:
    """A counter of what is committed to the database at `path`; its values mean nothing but by
    being equal or not."""

    path: Path
    _connection: sqlite3.Connection | None = field(default=None, init=False)

    def now(self) -> int:
        """The revision; the first call opens the connection.

        Raises:
            Unavailable: the store cannot be read.
        """
        with typed_failures():
            if self._connection is None:
                self._connection = self._connected()
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(version)

    def close(self) -> None:
        """Close the connection; values of one opened later compare with none of before."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> sqlite3.Connection:
        # Read and write, since a reader of a write-ahead log may have to make its index.
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA query_only=ON")
        return connection
