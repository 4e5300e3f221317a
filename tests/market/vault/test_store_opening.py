"""An agent opens its own store, whole and of this release, or none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from market.database.engine import open_database
from market.database.migrate import migrate
from market.errors import NotFound, Refused
from market.vault.store.opening import create_store, mark_unreconciled, open_store


def test_store_opens_as_it_was_made(tmp_path: Path) -> None:
    create_store(tmp_path / "agent.db").close()
    store = open_store(tmp_path / "agent.db")
    store.check_reconciled()
    store.close()


def test_store_that_is_missing_is_not_made_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no-agent-store"):
        open_store(tmp_path / "agent.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("revision", ["agent_0001", "base"])
def test_store_without_all_its_tables_is_refused(tmp_path: Path, revision: str) -> None:
    url = f"sqlite:///{tmp_path / 'agent.db'}"
    migrate(url, "agent", "agent_0001")
    if revision == "base":
        migrate(url, "agent", "base")
    with pytest.raises(Refused, match="database-version"):
        open_store(tmp_path / "agent.db")


def test_store_of_another_release_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "agent.db"
    create_store(path).close()
    database = open_database(f"sqlite:///{path}")
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'agent_9999'"))
    database.close()
    with pytest.raises(Refused, match="agent_9999"):
        open_store(path)


def test_file_that_holds_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "agent.db").touch()
    with pytest.raises(Refused, match="database-version"):
        open_store(tmp_path / "agent.db")


def test_making_a_store_again_keeps_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "agent.db"
    create_store(path).close()
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    store = create_store(copy)
    assert not store.is_reconciled()
    store.close()


def test_mark_of_a_copy_lies_in_the_file_itself(tmp_path: Path) -> None:
    path = tmp_path / "agent.db"
    create_store(path).close()
    mark_unreconciled(path)
    moved = tmp_path / "moved.db"
    moved.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(moved)) as copy:
        seen = copy.execute("SELECT value FROM agent_state WHERE key = 'reconciled'").fetchall()
    assert seen == [("0",)]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "agent.count",
        "agent.db",
        "moved.db",
    ]


def test_older_copy_in_the_same_file_is_told_by_the_counter(tmp_path: Path) -> None:
    path = tmp_path / "agent.db"
    store = create_store(path)
    store.close()
    old = path.read_bytes()
    store = open_store(path)
    store.remember(lambda _connection: None)
    store.close()
    put_back(path, old)
    store = open_store(path)
    assert not store.is_reconciled()
    # Going on as if nothing were would hide it.
    with pytest.raises(Refused, match="agent-unreconciled"):
        store.remember(lambda _connection: None)
    store.set_reconciled()
    store.check_reconciled()
    store.remember(lambda _connection: None)
    store.check_reconciled()
    store.close()


@pytest.mark.parametrize("content", [None, b"", b"begun 1\n", b"begun 1\ndone -1\n"])
def test_store_without_its_counter_is_not_reconciled(tmp_path: Path, content: bytes | None) -> None:
    store = create_store(tmp_path / "agent.db")
    store.counter.path.unlink()
    if content is not None:
        store.counter.path.write_bytes(content)
    assert not store.is_reconciled()
    store.settle()
    assert not store.is_reconciled()
    store.close()


def test_crash_around_a_commit_leaves_an_honest_agent_reconciled(tmp_path: Path) -> None:
    store = create_store(tmp_path / "agent.db")

    def dies(_connection: object) -> None:
        raise KeyboardInterrupt

    # Before the commit: the number was announced, and is taken again.
    store.counter.begin(2)
    store.check_reconciled()
    with pytest.raises(KeyboardInterrupt):
        store.remember(dies)
    store.check_reconciled()
    # After the commit, before the counter knew of it.
    store.remember(lambda _connection: None)
    store.counter.path.write_bytes(b"begun 2\ndone 1\n")
    store.check_reconciled()
    store.settle()
    assert store.counter.done() == 2
    store.close()


def put_back(path: Path, old: bytes) -> None:
    """Old bytes in the very file: its number stays."""
    before = path.stat().st_ino
    with path.open("r+b") as file:
        file.write(old)
        file.truncate()
    for companion in ("agent.db-wal", "agent.db-shm"):
        path.with_name(companion).unlink(missing_ok=True)
    assert path.stat().st_ino == before
