"""Migrated schema and metadata agree, on both engines, forwards and backwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from servers.postgres import Postgres
from sqlalchemy import Connection, MetaData, exc, insert, inspect, text, update

from market.database.engine import open_database
from market.database.ledger import sql_ledger as ledger
from market.database.ledger import tables as ledger_tables
from market.database.migrate import METADATA, migrate
from market.database.revision import Branch
from market.vault.store import tables as agent_tables

# The migrations cannot import the agent, whose tables they make.
TABLES: dict[Branch, tuple[MetaData, ...]] = {
    "platform": METADATA["platform"],
    "agent": (*METADATA["agent"], agent_tables.METADATA),
}
BRANCHES: list[Branch] = ["platform", "agent"]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'portal.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty()


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """A connection that does not stay: a migration must be alone."""
    database = open_database(url)
    with database.reading() as connection:
        yield connection
    database.close()


def differences(url: str, expected: tuple[MetaData, ...]) -> object:
    with reading(url) as connection:
        return compare_metadata(MigrationContext.configure(connection), expected)


@pytest.mark.parametrize("branch", BRANCHES)
def test_migrated_schema_is_the_metadata_after_upgrade_downgrade_upgrade(
    url: str, branch: Branch
) -> None:
    migrate(url, branch)
    assert differences(url, TABLES[branch]) == []
    migrate(url, branch, "base")
    with reading(url) as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    migrate(url, branch)
    migrate(url, branch)
    assert differences(url, TABLES[branch]) == []


@pytest.mark.parametrize("branch", BRANCHES)
def test_check_constraints_are_in_the_migrated_schema(url: str, branch: Branch) -> None:
    migrate(url, branch)
    expected = {
        (table.name, str(constraint.name))
        for metadata in TABLES[branch]
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if type(constraint).__name__ == "CheckConstraint"
    }
    database = open_database(url)
    with database.reading() as connection:
        inspector = inspect(connection)
        seen = {
            (table, f"{constraint['name']}")
            for table in inspector.get_table_names()
            for constraint in inspector.get_check_constraints(table)
        }
    database.close()
    assert seen == expected


def test_ledger_refuses_by_constraint_what_its_code_would_never_write(url: str) -> None:
    migrate(url, "agent")
    database = open_database(url)
    with database.transaction() as connection:
        ledger.open_account(connection, "a", 10)
    account = ledger_tables.ACCOUNT
    for wrong in ({"spent_units": 11}, {"reserved_units": -1}, {"spent_units": -1}):
        with pytest.raises(exc.IntegrityError), database.transaction() as connection:
            connection.execute(update(account).values(**wrong))
    with pytest.raises(exc.IntegrityError), database.transaction() as connection:
        connection.execute(insert(ledger_tables.ENTRY).values(account="b", kind="cap", units=1))
    database.close()


@pytest.mark.parametrize(
    "wrong",
    [
        "INSERT INTO agent_receipt VALUES (0, 'h', 'd')",
        "INSERT INTO agent_release (request_hash, job, buyer, sequence) VALUES ('r', 'j', 'b', 1)",
        "INSERT INTO agent_reply (job, kind, document, outcome) VALUES ('j', 'release', 'd', '')",
        "INSERT INTO agent_reply (job, kind, document, outcome) VALUES ('j', 'other', 'd', '')",
        "INSERT INTO publication VALUES ('d', 1, 1, 2, 1, NULL, 0)",
        "INSERT INTO publication_unit VALUES ('u', 'unknown', 1)",
    ],
)
def test_agent_store_refuses_by_constraint_what_its_code_would_never_write(
    url: str, wrong: str
) -> None:
    migrate(url, "agent")
    database = open_database(url)
    with pytest.raises(exc.IntegrityError), database.transaction() as connection:
        connection.execute(text(wrong))
    database.close()


@pytest.mark.parametrize(
    "change", ["UPDATE ledger_entry SET units = 0", "DELETE FROM ledger_entry"]
)
def test_entries_are_never_changed(url: str, change: str) -> None:
    migrate(url, "agent")
    database = open_database(url)
    with database.transaction() as connection:
        ledger.open_account(connection, "a", 10)
    with (
        pytest.raises(exc.IntegrityError, match="ledger entries are never changed"),
        database.transaction() as connection,
    ):
        connection.execute(text(change))
    database.close()


def test_every_column_says_what_it_means() -> None:
    for metadata in {id(m): m for branch in BRANCHES for m in TABLES[branch]}.values():
        for table in metadata.sorted_tables:
            assert [column.name for column in table.columns if not column.comment] == []
