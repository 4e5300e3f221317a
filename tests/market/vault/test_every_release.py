"""The stores of every released agent arrive at this release's, and their agents go on.

Each revision's rows are today's, taken back to it by the migrations' own way back.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from alembic import command
from world.declarations import COUNT
from world.live_market import LiveMarket
from world.saved_platform import rows

from market.database.engine import open_alone
from market.database.migrate import configuration
from market.database.revision import NEWEST
from market.errors import Refused
from market.vault.store.chain import receipts
from market.vault.store.opening import migrate_store, open_store

FIRST_STORE: Final = 2
"""agent_0001 is the ledger alone: no agent had a store of it."""
REVISIONS: Final = [f"agent_{n:04}" for n in range(FIRST_STORE, int(NEWEST["agent"][-4:]) + 1)]
BUYERS_KEPT: Final = "agent_0004"
"""From here on a release says for whom it was; the way back before it loses that."""


@pytest.fixture(scope="module")
def store(market: LiveMarket, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An agent's store with a table and a release."""
    market.released(COUNT)
    path = tmp_path_factory.mktemp("newest") / market.home.database_path.name
    market.store.settle()
    copy(market.home.database_path, path)
    return path


def copy(store: Path, path: Path) -> None:
    """The same agent's store in another file, and known to be whole."""
    shutil.copy(store.with_suffix(".count"), path.parent)
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("VACUUM INTO ?", (str(path),))
    copied = open_store(path)
    copied.set_reconciled()
    copied.close()


@pytest.mark.parametrize("revision", REVISIONS)
def test_rows_of_every_release_arrive(store: Path, tmp_path: Path, revision: str) -> None:
    path = tmp_path / store.name
    copy(store, path)
    expected = rows(f"sqlite:///{path}")
    engine = open_alone(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.downgrade(configuration(connection, "agent"), revision)
    engine.dispose()
    had = {table for table, found in rows(f"sqlite:///{path}").items() if found}
    if revision != NEWEST["agent"]:
        with pytest.raises(Refused, match="database-version"):
            open_store(path)

    done = migrate_store(path)

    assert (done.before, done.after) == (revision, NEWEST["agent"])
    arrived = rows(f"sqlite:///{path}")
    assert {"agent_state", "agent_receipt", "ledger_entry"} <= had
    for table in had & set(expected):
        if table == "agent_release" and revision < BUYERS_KEPT:
            assert len(arrived[table]) == len(expected[table])
        else:
            assert arrived[table] == expected[table], table
    opened = open_store(path)
    opened.check_reconciled()
    assert len(receipts(opened)) == 1
    opened.close()
