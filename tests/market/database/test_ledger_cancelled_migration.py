"""What was given back before it was called cancelled is cancelled; entries stay append-only."""

from __future__ import annotations

from pathlib import Path

import pytest
from servers.postgres import Postgres
from sqlalchemy import exc, text

from market.database.engine import open_database
from market.database.ledger import sql_ledger as ledger
from market.database.migrate import migrate
from market.database.revision import Branch

BEFORE: dict[Branch, str] = {"platform": "platform_0009", "agent": "agent_0004"}


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty()


@pytest.mark.parametrize("branch", list(BEFORE))
def test_what_was_given_back_is_cancelled(url: str, branch: Branch) -> None:
    migrate(url, branch, BEFORE[branch])
    database = open_database(url)
    with database.transaction() as connection:
        for statement in (
            "INSERT INTO ledger_account VALUES ('a', 10, 0, 3)",
            "INSERT INTO ledger_reservation VALUES ('given', 'released', 1, 9)",
            "INSERT INTO ledger_reservation VALUES ('held', 'reserved', 1, 9)",
            "INSERT INTO ledger_charge VALUES ('given', 0, 'a', 2), ('held', 0, 'a', 3)",
            "INSERT INTO ledger_entry (account, kind, units, key, at) VALUES "
            "('a', 'cap', 10, NULL, NULL), ('a', 'reserve', 2, 'given', 1), "
            "('a', 'release', 2, 'given', 2), ('a', 'reserve', 3, 'held', 1)",
        ):
            connection.execute(text(statement))
    database.close()
    migrate(url, branch)
    database = open_database(url)
    with database.transaction() as connection:
        assert ledger.cancel(connection, "given", now=3).state == "cancelled"
        assert ledger.balance(connection, "a").reserved_units == 3
        assert ledger.cancel(connection, "held", now=3).state == "cancelled"
        kinds = connection.execute(text("SELECT kind FROM ledger_entry ORDER BY entry")).scalars()
        assert list(kinds) == ["cap", "reserve", "cancel", "reserve", "cancel"]
    for change in ("UPDATE ledger_entry SET units = 0", "DELETE FROM ledger_entry"):
        with (
            pytest.raises(exc.IntegrityError, match="ledger entries are never changed"),
            database.transaction() as connection,
        ):
            connection.execute(text(change))
    database.close()


@pytest.mark.parametrize("branch", list(BEFORE))
def test_entries_go_on_being_counted_without_reuse(tmp_path: Path, branch: Branch) -> None:
    path = tmp_path / "ledger.db"
    migrate(f"sqlite:///{path}", branch)
    database = open_database(f"sqlite:///{path}")
    with database.reading() as connection:
        made = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE name = 'ledger_entry'")
        ).scalar()
    assert "AUTOINCREMENT" in str(made)
    database.close()
