"""A database that cannot serve says so by a typed failure, loses nothing and goes on: every error
here is SQLite's or Postgres' own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers.postgres import Postgres
from sqlalchemy import Connection, text

from market.database import engine
from market.database.engine import Database, create_private_file, open_database
from market.errors import Unavailable

pytestmark = pytest.mark.processes

# A row fills pages of its own.
LONG = "x" * 20_000


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """One table, empty; nobody waits for a lock."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0)
    create_private_file(tmp_path / "portal.db")
    database = open_database(f"sqlite:///{tmp_path / 'portal.db'}")
    database.run(lambda connection: connection.execute(text("CREATE TABLE t (v TEXT)")))
    yield database
    database.close()


def add(connection: Connection) -> None:
    connection.execute(text("INSERT INTO t VALUES (:v)"), {"v": LONG})


def count(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM t")).scalar_one())


def code_of_adding(database: Database) -> str:
    with pytest.raises(Unavailable) as failed:
        database.run(add)
    return failed.value.code


def set_pragma(database: Database, pragma: str) -> None:
    """On the pool's one connection."""
    with database.reading() as connection:
        connection.exec_driver_sql(f"PRAGMA {pragma}")


def test_full_database_keeps_what_it_has_and_goes_on(database: Database) -> None:
    database.run(add)
    set_pragma(database, "max_page_count = 1")
    assert code_of_adding(database) == "database-full"
    assert count(database) == 1
    set_pragma(database, "max_page_count = 1000")
    database.run(add)
    assert count(database) == 2


def test_database_that_may_not_be_written_is_read_on(database: Database) -> None:
    set_pragma(database, "query_only = ON")
    assert code_of_adding(database) == "database-read-only"
    assert count(database) == 0


@contextmanager
def locked_elsewhere(path: Path) -> Iterator[None]:
    """Another process is in the middle of a writing transaction."""
    program = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('BEGIN IMMEDIATE')\nprint(flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        yield
        process.communicate()


def test_database_locked_by_another_process_is_busy_and_read_on(
    database: Database, tmp_path: Path
) -> None:
    with locked_elsewhere(tmp_path / "portal.db"):
        assert code_of_adding(database) == "database-busy"
        assert count(database) == 0
    database.run(add)
    assert count(database) == 1


def test_pool_without_a_free_connection_is_busy(database: Database) -> None:
    database.engine.pool._timeout = 0  # type: ignore[attr-defined]
    taken = [database.engine.connect() for _ in range(15)]
    with pytest.raises(Unavailable, match="database-busy"):
        count(database)
    for connection in taken:
        connection.close()
    assert count(database) == 0


def test_disk_that_takes_no_more_undoes_the_step(tmp_path: Path) -> None:
    program = (
        "import json, resource, sys\n"
        "from sqlalchemy import text\n"
        "from market.database.engine import create_private_file, open_database\n"
        "from market.errors import Unavailable\n"
        "from pathlib import Path\n"
        "path = Path(sys.argv[1]) / 'portal.db'\n"
        "create_private_file(path)\n"
        "database = open_database(f'sqlite:///{path}')\n"
        "def add(c): c.execute(text('INSERT INTO t VALUES (:v)'), {'v': 'x' * 20_000})\n"
        "def rows(c): return c.execute(text('SELECT count(*) FROM t')).scalar_one()\n"
        "database.run(lambda c: c.execute(text('CREATE TABLE t (v TEXT)')))\n"
        "database.run(add)\n"
        "size = Path(f'{path}-wal').stat().st_size + 4_000\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))\n"
        "codes = []\n"
        "try: database.run(add)\n"
        "except Unavailable as error: codes.append(error.code)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)\n"
        "seen = database.run(rows)\n"
        "database.run(add)\n"
        "print(json.dumps([codes, seen, database.run(rows)]))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == [["database-failed"], 1, 2]


def test_file_that_went_away_is_missed_and_not_made_anew(
    database: Database, tmp_path: Path
) -> None:
    database.close()
    (tmp_path / "portal.db").unlink()
    with pytest.raises(Unavailable, match="database-missing"):
        count(database)
    assert not (tmp_path / "portal.db").exists()


def test_file_that_is_no_database_is_damaged(database: Database, tmp_path: Path) -> None:
    database.close()
    (tmp_path / "portal.db").write_bytes(b"no database" * 1_000)
    with pytest.raises(Unavailable, match="database-damaged"):
        count(database)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53100", "database-full"),
        ("53300", "database-busy"),
        ("55P03", "database-busy"),
        ("25006", "database-read-only"),
        ("58030", "database-failed"),
        ("57P03", "database-unreachable"),
        ("XX001", "database-damaged"),
    ],
)
def test_states_of_a_postgres_server_are_told_apart(
    postgres: Postgres, state: str, code: str
) -> None:
    database = open_database(postgres.empty())
    raised = f"DO $$ BEGIN RAISE EXCEPTION SQLSTATE '{state}' USING MESSAGE = 'no'; END $$"
    with pytest.raises(Unavailable) as failed, database.transaction() as connection:
        connection.execute(text(raised))
    database.close()
    assert failed.value.code == code
    assert state in failed.value.message


def test_server_that_breaks_off_is_unreachable_and_comes_back(postgres: Postgres) -> None:
    database = open_database(postgres.empty())
    with pytest.raises(Unavailable, match="database-unreachable"), database.reading() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with database.reading() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    database.close()


def test_server_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    database = open_database(f"postgresql://market@127.0.0.1:{port}/market")
    with pytest.raises(Unavailable, match="database-unreachable"):
        count(database)
