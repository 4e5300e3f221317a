"""A database that is copied is the one that migrations make."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import migrating
import pytest

from market.database import migrate
from market.database.migrate import Migrated
from market.database.revision import NEWEST, Branch


def dump(path: Path) -> list[list[str]]:
    """Statements that make it again, each one's lines in order: constraints and indices have none
    of their own."""
    connection = sqlite3.connect(path)
    try:
        return sorted(
            sorted(line.strip().rstrip(",") for line in statement.splitlines())
            for statement in connection.iterdump()
        )
    finally:
        connection.close()


@pytest.mark.parametrize("branch", ["platform", "agent"])
def test_copy_is_what_the_migrations_make(branch: Branch, tmp_path: Path) -> None:
    made, copied = tmp_path / "made.db", tmp_path / "copied.db"
    for bring, path in ((migrate, made), (migrating, copied)):
        said = bring.bring_up_to_date(f"sqlite:///{path}", branch)
        assert said == Migrated("", NEWEST[branch])
    assert len(dump(copied)) > 10
    assert dump(copied) == dump(made)
    assert copied.stat().st_mode == made.stat().st_mode
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copied.db", "made.db"]


def test_database_that_is_there_is_migrated_as_ever(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'one.db'}"
    migrating.bring_up_to_date(url, "agent")
    again = migrating.bring_up_to_date(url, "agent")
    assert again == Migrated(NEWEST["agent"], NEWEST["agent"])


def test_database_of_other_migrations_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrating.bring_up_to_date(f"sqlite:///{tmp_path / 'one.db'}", "agent")
    kept = {path.name for path in migrating._KEPT.glob("agent-*.db")}
    sources = tmp_path / "database"
    shutil.copytree(migrating._SOURCES, sources, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrating, "_SOURCES", sources)
    migrating._digest.cache_clear()
    try:
        assert f"agent-{migrating._digest()}.db" in kept
        (sources / "migrations" / "columns.py").write_text("# Changed.\n")
        migrating._digest.cache_clear()
        assert f"agent-{migrating._digest()}.db" not in kept
    finally:
        migrating._digest.cache_clear()
