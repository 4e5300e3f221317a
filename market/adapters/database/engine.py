"""One door to SQLite and Postgres: a transaction is one step, whole or not at all.

SQLite: WAL, full synchronisation, foreign keys, and every writing transaction begins IMMEDIATE, so
it never finds out in the middle that another wrote first. Postgres: READ COMMITTED, since every
rule here is one conditional UPDATE or a constraint; deadlocks and serialisation failures are run
again. The file of an SQLite database is readable by its owner only.

    database = open_database("sqlite:////var/lib/market/portal.db")
    with database.transaction() as connection:
        ledger.reserve(connection, ...)
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy
from sqlalchemy import Connection, Engine, Table, event, exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url

from market.errors import Refused, Unavailable

T = TypeVar("T")

BUSY_SECONDS: Final = 30
_ATTEMPTS: Final = 7
_FIRST_PAUSE_SECONDS: Final = 0.01
# Serialisation failure and deadlock: the transaction was undone and may be run again.
_AGAIN: Final = frozenset({"40001", "40P01"})
_READING: Final = "market_reading"


@dataclass(frozen=True, slots=True)
class Database:
    """A pool of connections to one database, safe to share between threads."""

    engine: Engine

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that commits at the end of the block, or undoes all of it."""
        with _refusing_what_cannot_be_stored(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction for reading: on SQLite it waits for no writer and stops none."""
        with (
            _refusing_what_cannot_be_stored(),
            self.engine.connect().execution_options(**{_READING: True}) as connection,
        ):
            yield connection

    def run(self, step: Callable[[Connection], T]) -> T:
        """`step` in a transaction of its own, again from the start when the database says so.

        Raises:
            Unavailable: `database-busy` when it was undone every time.
        """
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(_FIRST_PAUSE_SECONDS * 2**attempt)
            try:
                with self.transaction() as connection:
                    return step(connection)
            except exc.OperationalError as error:
                if not _may_run_again(error):
                    raise
        raise Unavailable(
            "database-busy",
            f"The database undid the same step {_ATTEMPTS} times.",
            "Try again in a minute.",
        )

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open a database by its URL, `sqlite:///PATH` or `postgresql://...`; an SQLite file is made
    if it is missing. Its schema is `migrate`'s business.

    Raises:
        Refused: `database-url` for another kind of database, or SQLite without a file.
    """
    return Database(make_engine(url, foreign_keys=True))


def make_engine(url: str, *, foreign_keys: bool) -> Engine:
    """An engine as the module says. Only migrations turn foreign keys off, to rebuild tables."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "postgresql":
        return sqlalchemy.create_engine(
            parsed, isolation_level="READ COMMITTED", pool_pre_ping=True
        )
    create_private_file(Path(str(parsed.database)))
    engine = sqlalchemy.create_engine(parsed)
    _prepare_sqlite(engine, foreign_keys=foreign_keys)
    return engine


def create_private_file(path: Path) -> None:
    """Make an empty file of mode 0600, unless there is one; SQLite's companions follow its mode."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def insert_new(connection: Connection, table: Table, **values: object) -> bool:
    """Insert a row unless one with a key of it exists; whether it was inserted."""
    if connection.dialect.name == "postgresql":
        statement: Any = postgresql.insert(table).values(**values).on_conflict_do_nothing()
    else:
        statement = sqlite.insert(table).values(**values).on_conflict_do_nothing()
    # Without the option, the count of an INSERT is not kept on every driver.
    done = connection.execute(statement, execution_options={"preserve_rowcount": True})
    return done.rowcount == 1


@contextmanager
def _refusing_what_cannot_be_stored() -> Iterator[None]:
    """A zero character, half a surrogate pair, a number beyond 64 bits: the caller's mistake."""
    try:
        yield
    except (exc.DataError, UnicodeEncodeError, OverflowError) as error:
        raise Refused(
            "text-malformed",
            "A value holds a character or number that cannot be stored.",
            "Write it in plain text, without control characters.",
        ) from error


def _parse(url: str) -> URL:
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed
    raise Refused(
        "database-url",
        f"The database URL names {backend}, expected sqlite:///PATH or postgresql://HOST/NAME.",
        "Correct database_url in market.toml.",
    )


def _prepare_sqlite(engine: Engine, *, foreign_keys: bool) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        # The driver's own transaction control begins late and deferred; ours is explicit.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get(_READING, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _may_run_again(error: exc.OperationalError) -> bool:
    return (
        getattr(error.orig, "sqlstate", None) in _AGAIN
        or getattr(error.orig, "sqlite_errorname", None) == "SQLITE_BUSY"
    )
