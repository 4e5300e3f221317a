"""Connections, transactions and retries."""

from __future__ import annotations

import stat
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from servers.postgres import Postgres
from sqlalchemy import Connection, exc, text

from market.database.engine import Database, create_private_file, open_database
from market.database.migrate import migrate
from market.errors import Refused, Unavailable


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = sqlite_url(tmp_path)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.empty()
    database = open_database(url)
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT)"))
    yield database
    database.close()


def sqlite_url(folder: Path) -> str:
    """Of an empty database."""
    create_private_file(folder / "portal.db")
    return f"sqlite:///{folder / 'portal.db'}"


def rows(database: Database) -> list[tuple[int, str]]:
    with database.reading() as connection:
        return [(row.k, row.v) for row in connection.execute(text("SELECT * FROM t ORDER BY k"))]


def put(connection: Connection, key: int, value: str) -> None:
    connection.execute(text("INSERT INTO t VALUES (:k, :v)"), {"k": key, "v": value})


def put_and_fail(connection: Connection, key: int) -> None:
    put(connection, key, "lost")
    raise ZeroDivisionError


def test_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        put_and_fail(connection, 1)
    assert rows(database) == []


def test_savepoint_undoes_its_part_only(database: Database) -> None:
    with database.transaction() as connection:
        put(connection, 1, "a")
        with pytest.raises(ZeroDivisionError), connection.begin_nested():
            put_and_fail(connection, 2)
    assert rows(database) == [(1, "a")]


def test_reader_is_not_stopped_by_a_writer_and_sees_what_was_committed(database: Database) -> None:
    with database.transaction() as connection:
        put(connection, 1, "a")
        assert rows(database) == []
    assert rows(database) == [(1, "a")]


def test_snapshot_stays_at_its_moment_and_stops_no_writer(database: Database) -> None:
    count = text("SELECT count(*) FROM t")
    with database.transaction() as connection:
        put(connection, 1, "a")
    with database.snapshot() as seen:
        assert seen.execute(count).scalar_one() == 1
        with database.transaction() as connection:
            put(connection, 2, "b")
        assert seen.execute(count).scalar_one() == 1
    assert len(rows(database)) == 2


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_no_session_waits_for_ever(database: Database) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with database.reading() as connection:
        seen = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]
    assert seen == ["1min", "30s", "2min"]


def test_zero_character_is_refused_by_name_or_kept(database: Database) -> None:
    if database.engine.dialect.name == "postgresql":
        with pytest.raises(Refused, match="text-malformed"), database.transaction() as connection:
            put(connection, 1, "a\x00b")
    else:
        with database.transaction() as connection:
            put(connection, 1, "a\x00b")
        assert rows(database) == [(1, "a\x00b")]
    with pytest.raises(Refused, match="text-malformed"), database.transaction() as connection:
        put(connection, 2, "\ud800")


# SQLite has one writer at a time: no two wait for each other.
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_deadlocked_step_is_run_again_from_its_start(database: Database) -> None:
    with database.transaction() as connection:
        put(connection, 1, "")
        put(connection, 2, "")
    both_hold_one = threading.Barrier(2)
    starts: list[str] = []

    def swap(name: str, first: int, second: int) -> None:
        def step(connection: Connection) -> None:
            starts.append(name)
            change = text("UPDATE t SET v = v || :n WHERE k = :k")
            connection.execute(change, {"n": name, "k": first})
            if starts.count(name) == 1:
                both_hold_one.wait(timeout=20)
            connection.execute(change, {"n": name, "k": second})

        database.run(step)

    threads = [threading.Thread(target=swap, args=a) for a in (("x", 1, 2), ("y", 2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(starts) in (["x", "x", "y"], ["x", "y", "y"])
    assert [sorted(value) for _, value in rows(database)] == [["x", "y"], ["x", "y"]]


# The error raised is Postgres' own.
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_step_undone_every_time_is_unavailable(database: Database) -> None:
    starts = []

    def step(connection: Connection) -> None:
        starts.append(1)
        connection.execute(
            text("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001' USING MESSAGE = 'undone'; END $$")
        )

    with pytest.raises(Unavailable, match="database-busy"):
        database.run(step)
    assert len(starts) == 7


def test_other_errors_of_the_database_are_not_run_again(database: Database) -> None:
    starts = []

    def step(connection: Connection) -> None:
        starts.append(1)
        connection.execute(text("SELECT * FROM unknown"))

    with pytest.raises((exc.OperationalError, exc.ProgrammingError)):
        database.run(step)
    assert len(starts) == 1


def test_sqlite_file_and_its_companions_are_the_owners_only(tmp_path: Path) -> None:
    database = open_database(sqlite_url(tmp_path))
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE t (k INTEGER)"))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    database.close()
    assert modes == dict.fromkeys(("portal.db", "portal.db-wal", "portal.db-shm"), 0o600)


def test_sqlite_is_durable_and_checks_foreign_keys(tmp_path: Path) -> None:
    database = open_database(sqlite_url(tmp_path))
    names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
    with database.reading() as connection:
        seen = {n: connection.exec_driver_sql(f"PRAGMA {n}").scalar_one() for n in names}
    database.close()
    assert seen == {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 30_000,
        "foreign_keys": 1,
    }


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name"])
def test_database_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="database-url"):
        open_database(url)


@pytest.mark.parametrize(
    "url",
    ["", "portal:hunter2@host", "postgresql://portal:hunter2@host:port/name", "x y://hunter2"],
)
def test_database_url_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Refused, match="database-url") as refused:
        open_database(url)
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))


def test_sqlite_transaction_that_reads_before_it_writes_is_not_overtaken(tmp_path: Path) -> None:
    database = open_database(sqlite_url(tmp_path))
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
        connection.execute(text("INSERT INTO t VALUES (0)"))
    start = threading.Barrier(4)

    def count_up() -> None:
        start.wait(timeout=20)
        for _ in range(10):
            with database.transaction() as connection:
                n = connection.execute(text("SELECT n FROM t")).scalar_one()
                connection.execute(text("UPDATE t SET n = :n"), {"n": n + 1})

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(count_up) for _ in range(4)]:
            done.result()
    with database.reading() as connection:
        assert connection.execute(text("SELECT n FROM t")).scalar_one() == 40
    database.close()


@pytest.mark.parametrize(
    "name", ["a?b", "a#b", "a%20b", "a b", "a\nb", "\u00e4\u4e2d", "a?mode=memory"]
)
def test_database_lies_in_its_folder_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    migrate(f"sqlite:///{folder / 'portal.db'}", "platform")
    assert (folder / "portal.db").stat().st_size > 0
    assert [path.name for path in tmp_path.iterdir()] == [name]
