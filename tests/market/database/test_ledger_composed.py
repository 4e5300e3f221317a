"""The agent composes the ledger's functions inside a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.postgres import Postgres, empty_tables

from market.database.engine import Database, open_database
from market.database.ledger import sql_ledger as ledger
from market.database.ledger.sql_ledger import SqlLedger
from market.database.migrate import migrate
from market.entities.account import Balance, Charge
from market.errors import Refused


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'agent.db'}"
        migrate(url, "agent")
        database = open_database(url)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        database = open_database(server.migrated("agent"))
        empty_tables(database, "agent")
    with database.transaction() as connection:
        ledger.open_account(connection, "a", 10)
        ledger.open_account(connection, "b", 3)
    yield database
    database.close()


def test_reserve_and_debit_in_one_transaction_are_one_step(database: Database) -> None:
    with database.transaction() as connection:
        ledger.reserve(connection, "k", (Charge("a", 4),), now=1, expires_at=2)
        ledger.debit(connection, "k", now=1)
        assert ledger.balance(connection, "a") == Balance("a", 10, 4, 0)
    assert [r.key for r in SqlLedger(database).debited("a")] == ["k"]


def test_refused_reservation_holds_nothing_even_if_the_caller_commits(database: Database) -> None:
    charges = (Charge("a", 4), Charge("b", 4))
    with database.transaction() as connection:
        ledger.reserve(connection, "before", (Charge("a", 1),), now=1, expires_at=2)
        with pytest.raises(Refused, match="over-budget"):
            ledger.reserve(connection, "k", charges, now=1, expires_at=2)
    book = SqlLedger(database)
    assert book.balance("a") == Balance("a", 10, 0, 1)
    assert book.balance("b") == Balance("b", 3, 0, 0)


def test_step_that_fails_after_the_debit_spends_nothing(database: Database) -> None:
    def release_that_breaks() -> None:
        with database.transaction() as connection:
            ledger.reserve(connection, "k", (Charge("a", 4),), now=1, expires_at=2)
            ledger.debit(connection, "k", now=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        release_that_breaks()
    assert SqlLedger(database).balance("a") == Balance("a", 10, 0, 0)
