"""Open the agent's database, and say whether it may be used.

A store that was restored from a backup, whose file is not the one it was made in (a copy of the
directory), or that counts less than the file beside it (an older copy written into the same file:
market.vault.store.counter) is unreconciled: it may have missed releases, so it publishes, approves
and releases nothing until `market agent reconcile` has brought it up to date.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from market.database.engine import Database, open_database
from market.database.migrate import Migrated, bring_up_to_date
from market.database.revision import check_revision
from market.errors import MarketError, NotFound, Refused
from market.vault.store.counter import Counter
from market.vault.store.revision import StoreRevision
from market.vault.store.tables import STATE

T = TypeVar("T")

_COMMITS = "commits"


@dataclass(frozen=True, slots=True)
class AgentStore:
    """One agent's database; `revision` tells whether anything was written since."""

    database: Database
    path: Path
    revision: StoreRevision

    def close(self) -> None:
        """Close every connection to the file."""
        self.revision.close()
        self.database.close()

    @property
    def counter(self) -> Counter:
        """The file that tells an older copy of this store (market.vault.store.counter)."""
        return Counter(self.path.with_suffix(".count"))

    def remember(self, step: Callable[[Connection], T]) -> T:
        """Run a step that must never be forgotten: a release, a table, a cap.

        Raises:
            Refused: `agent-unreconciled`: this is an older copy; counting on would hide that.
        """

        def counted(connection: Connection) -> T:
            if not self._counts_enough(connection):
                raise _unreconciled()
            result = step(connection)
            count = _commits(connection) + 1
            write_state(connection, _COMMITS, str(count))
            self.counter.begin(count)
            return result

        result = self.database.run(counted)
        self.settle()
        return result

    def settle(self) -> None:
        """Let the counter say what is committed: before anything of it is sent."""
        # A writing transaction, though nothing is written to the database: it holds the lock.
        self.database.run(lambda connection: self._settle(connection))

    def _settle(self, connection: Connection) -> None:
        if self._counts_enough(connection):
            self.counter.finish(_commits(connection))

    def _counts_enough(self, connection: Connection) -> bool:
        done = self.counter.done()
        return done is not None and done <= _commits(connection)

    def is_reconciled(self) -> bool:
        """Whether this store is known to hold every release of its agent."""
        with self.database.reading() as connection:
            return (
                read_state(connection, "reconciled") == "1"
                and read_state(connection, "file") == _file_identity(self.path)
                and self._counts_enough(connection)
            )

    def check_reconciled(self) -> None:
        """That this store may be worked from.

        Raises:
            Refused: `agent-unreconciled`.
        """
        if not self.is_reconciled():
            raise _unreconciled()

    def set_reconciled(self) -> None:
        """This store, in this very file, is known to hold every release of its agent."""

        def step(connection: Connection) -> None:
            _mark_reconciled(connection, self.path)
            # Above what the file says of a database that was ahead of this one.
            count = max(_commits(connection), self.counter.done() or 0) + 1
            write_state(connection, _COMMITS, str(count))
            self.counter.begin(count)

        self.database.run(step)
        self.database.run(lambda connection: self.counter.finish(_commits(connection)))

    def set_unreconciled(self) -> None:
        """Something outside shows that this store has missed a release."""
        self.database.run(lambda connection: write_state(connection, "reconciled", "0"))


def create_store(path: Path, *, is_first: bool = True) -> AgentStore:
    """A new, empty store; one that exists keeps what it holds and its mark.

    Args:
        is_first: no agent was before it, so that it has missed nothing: it is reconciled.
    """
    bring_up_to_date(f"sqlite:///{path}", "agent")
    store = _connected(path)
    with store.database.reading() as connection:
        is_new = not read_state(connection, "reconciled")
    if is_new and is_first:
        store.set_reconciled()
    elif is_new:
        store.set_unreconciled()
    return store


def migrate_store(path: Path) -> Migrated:
    """Bring the store of an earlier release to this one's tables, while no agent runs.

    Raises:
        NotFound: there is none.
        Refused: `database-version` for a store of a newer release; `database-in-use`.
        Unavailable: the store cannot be written.
    """
    _require_store(path)
    return bring_up_to_date(f"sqlite:///{path}", "agent")


def open_store(path: Path) -> AgentStore:
    """Open an existing store.

    Raises:
        NotFound: there is none.
        Refused: `database-version` when its tables are not those of this release.
        Unavailable: the store cannot be read.
    """
    _require_store(path)
    store = _connected(path)
    try:
        check_revision(store.database, "agent")
    except MarketError:
        store.close()
        raise
    return store


def _connected(path: Path) -> AgentStore:
    return AgentStore(open_database(f"sqlite:///{path}"), path, StoreRevision(path))


def _require_store(path: Path) -> None:
    if not path.exists():
        raise NotFound(
            "no-agent-store", f"There is no {path.name}.", "Run `market agent init` or restore."
        )


def mark_unreconciled(path: Path) -> None:
    """Mark a copy of the database file, before anybody can open it as the agent's."""
    connection = sqlite3.connect(path)
    try:
        # Into the file itself: a log beside it would not travel with it.
        connection.execute("PRAGMA journal_mode=DELETE")
        with connection:
            connection.execute("UPDATE agent_state SET value = '0' WHERE key = 'reconciled'")
    finally:
        connection.close()


def read_state(connection: Connection, key: str) -> str:
    """A value kept under a name; empty where there is none."""
    found = connection.execute(select(STATE.c.value).where(STATE.c.key == key)).scalar()
    return found or ""


def write_state(connection: Connection, key: str, value: str) -> None:
    """Keep a value under a name, in place of the one before."""
    connection.execute(insert(STATE).values(key=key, value="").on_conflict_do_nothing())
    connection.execute(update(STATE).where(STATE.c.key == key).values(value=value))


def _mark_reconciled(connection: Connection, path: Path) -> None:
    write_state(connection, "file", _file_identity(path))
    write_state(connection, "reconciled", "1")


def _unreconciled() -> Refused:
    return Refused(
        "agent-unreconciled",
        "This agent was restored, copied or put back; it may have missed releases.",
        "Run `market agent reconcile` with the newest receipt you know of.",
    )


def _commits(connection: Connection) -> int:
    return int(read_state(connection, _COMMITS) or 0)


def _file_identity(path: Path) -> str:
    return str(path.stat().st_ino)
