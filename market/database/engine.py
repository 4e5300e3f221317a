"""One door to SQLite and Postgres: a transaction is one step, whole or not at all.

SQLite: WAL, full synchronisation, foreign keys, and every writing transaction begins IMMEDIATE, so
it never finds out in the middle that another wrote first. Postgres: READ COMMITTED, since every
rule here is one conditional UPDATE or a constraint; deadlocks and serialisation failures are run
again.

Only SQLite ever opens the file of an SQLite database. POSIX locks belong to the process and file,
not to the descriptor: whoever opens and closes that file by other means drops the locks of every
connection of the process, and the next process to leave takes itself for the last one and removes
the write-ahead log with what is not yet in the file (https://www.sqlite.org/howtocorrupt.html,
2.2). So a database is made in one place, `create_private_file`, before there is a connection to it;
opening one never makes it.

    database = open_database("sqlite:////var/lib/market/portal.db")
    with database.transaction() as connection:
        ledger.reserve(connection, ...)
"""

from __future__ import annotations

import functools
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy
from sqlalchemy import Connection, Engine, Table, event, exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import QueuePool

from market.database.address import is_postgres, parse
from market.database.failures import may_run_again, typed_failures
from market.errors import Unavailable

T = TypeVar("T")

BUSY_SECONDS: Final = 30
"""How long a step waits for others' locks, on either engine, or for a connection of the pool."""
STATEMENT_SECONDS: Final = 60
IDLE_SECONDS: Final = 120
"""How long a transaction may rest before the server takes it for one whose client is lost."""
CONNECT_SECONDS: Final = 10
KEPT_CONNECTIONS: Final = 5
MORE_CONNECTIONS: Final = 10
"""Of a process: those it keeps, and those it opens beside them while it is busy."""
_AGAIN_SECONDS: Final = 0.05
ALONE_SECONDS: Final = 10
"""How long a migration waits for a command that is just about to end."""

_ALIVE: Final = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""Of TCP (libpq's parameters): a server that is gone without a word is noticed within a minute."""
SERVING: Final = "ciphertext-market"
MIGRATING: Final = "ciphertext-market migrate"
"""Names of our sessions, as a Postgres server shows them."""

_PAUSES_SECONDS: Final = tuple(0.01 * 2**n for n in range(1, 7))
_READING: Final = "market_reading"
_CREATING: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Database:
    """A pool of connections to one database, safe to share between threads.

    Every method raises Unavailable when the database cannot serve (market.database
    .failures), and Refused (`text-malformed`) for a value that it cannot store.
    """

    engine: Engine

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that commits at the end of the block, or undoes all of it."""
        with typed_failures(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction for reading: on SQLite it waits for no writer and stops none."""
        with (
            typed_failures(),
            self.engine.connect().execution_options(**{_READING: True}) as connection,
        ):
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A transaction for reading that sees one moment from its first statement to its end,
        however long; it stops no writer, and rows may be streamed."""
        with typed_failures(), self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
                # It may take longer than any step of the platform's.
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield connection.execution_options(**{_READING: True})

    def run(self, step: Callable[[Connection], T]) -> T:
        """`step` in a transaction of its own, again from the start when the database undid it for
        the sake of another's."""
        with typed_failures():
            for pause_seconds in _PAUSES_SECONDS:
                try:
                    return self._once(step)
                except exc.OperationalError as error:
                    if not may_run_again(error):
                        raise
                time.sleep(pause_seconds)
            return self._once(step)

    @property
    def connections_in_use(self) -> int:
        """How many of the pool's connections somebody holds now."""
        pool = self.engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    def close(self) -> None:
        """Close the pool's connections; those in use end when they are given back."""
        self.engine.dispose()

    def _once(self, step: Callable[[Connection], T]) -> T:
        with self.engine.begin() as connection:
            return step(connection)


def open_database(url: str, *, name: str = SERVING) -> Database:
    """A database by its URL, `sqlite:///PATH` or `postgresql://...`. Making it and its schema is
    `migrate`'s business: a missing file is `database-missing` at the first step.

    Args:
        name: of its sessions, as a Postgres server shows them.

    Raises:
        Refused: `database-url` for another kind of database, or SQLite without a file.
    """
    parsed = parse(url)
    if is_postgres(parsed):
        served = _postgres_engine(parsed, name)
        event.listen(served, "connect", _limit)
        return Database(served)
    engine = _sqlite_engine(parsed)
    _on_connect(
        engine,
        f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON",
    )
    return Database(engine)


def open_alone(url: str) -> Engine:
    """An engine for a migration: it has an SQLite file for itself alone, made if it is missing,
    as long as it is connected; whoever else has it open makes its first step fail as busy.
    Foreign keys are off, since rebuilding a table drops it for a moment.

    Raises:
        Refused: `database-url`. Unavailable: `database-missing`, the file cannot be made.
    """
    parsed = parse(url)
    if is_postgres(parsed):
        return _postgres_engine(parsed, MIGRATING)
    path = _path(parsed)
    try:
        create_private_file(path)
    except OSError as error:
        raise Unavailable(
            "database-missing",
            f"{path} cannot be made: {error.strerror}.",
            "Make its folder, and let this account write there.",
        ) from error
    engine = _sqlite_engine(parsed)
    _on_connect(
        engine,
        # Who waits keeps the lock it has: of two that both want the file each would wait for the
        # other. Sent away at once, it lets go, and `connected_alone` asks again.
        "PRAGMA busy_timeout=0",
        "PRAGMA locking_mode=EXCLUSIVE",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=OFF",
    )
    return engine


def connected_alone(engine: Engine) -> Connection:
    """A connection of such an engine, asked for again for ALONE_SECONDS while others have the file
    open, or another migration ends."""
    until = time.monotonic() + ALONE_SECONDS
    while True:
        try:
            return engine.connect()
        except exc.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() >= until:
                raise
            time.sleep(_AGAIN_SECONDS)


def create_private_file(path: Path) -> None:
    """Make an empty file of mode 0600 (SQLite's companions follow its mode), or take the rights
    of others away from one that is there: by its name, since it must not be opened."""
    # Between another thread's `open` and `close` the file exists, and must not be connected to.
    with _CREATING:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o077:
                path.chmod(mode & 0o700)


def insert_new(connection: Connection, table: Table, **values: object) -> bool:
    """Insert a row unless one with a key of it exists; whether it was inserted."""
    if connection.dialect.name == "postgresql":
        statement: Any = postgresql.insert(table).values(**values).on_conflict_do_nothing()
    else:
        statement = sqlite.insert(table).values(**values).on_conflict_do_nothing()
    # Without the option, the count of an INSERT is not kept on every driver.
    done = connection.execute(statement, execution_options={"preserve_rowcount": True})
    return done.rowcount == 1


def _path(url: URL) -> Path:
    return Path(str(url.database)).absolute()


def _postgres_engine(url: URL, name: str) -> Engine:
    return sqlalchemy.create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_size=KEPT_CONNECTIONS,
        max_overflow=MORE_CONNECTIONS,
        pool_timeout=BUSY_SECONDS,
        connect_args={"application_name": name, "connect_timeout": CONNECT_SECONDS, **_ALIVE},
    )


def _limit(connection: Any, _record: object) -> None:
    """Of what serves: a migration may take its time."""
    connection.execute(
        f"SET statement_timeout = '{STATEMENT_SECONDS}s'; SET lock_timeout = '{BUSY_SECONDS}s'; "
        f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
    )
    connection.commit()


def _sqlite_engine(url: URL) -> Engine:
    # A file that went away while we run is missed, not made anew without its tables.
    address = f"{_path(url).as_uri()}?mode=rw"
    connect = functools.partial(sqlite3.connect, address, uri=True, check_same_thread=False)
    engine = sqlalchemy.create_engine(url, creator=connect)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get(_READING, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _on_connect(engine: Engine, *pragmas: str) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        # The driver's own transaction control begins late and deferred; ours is explicit.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma)
