"""Many processes at one hot account, and one killed half-way: the books still balance."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.postgres import Postgres, empty_tables
from sqlalchemy import func, select
from world import ledger_worker

from market.database.engine import Database, open_database
from market.database.ledger.sql_ledger import SqlLedger
from market.database.ledger.tables import ENTRY
from market.database.migrate import migrate
from market.entities.account import Balance, Charge

pytestmark = pytest.mark.processes

CAP = 120
PROCESSES = 4
ROUNDS = 15


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'agent.db'}"
        migrate(url, "agent")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.migrated("agent")
        database = open_database(url)
        empty_tables(database, "agent")
        database.close()
    return url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = open_database(url)
    for account in ledger_worker.ACCOUNTS:
        SqlLedger(database).open_account(account, CAP)
    yield database
    database.close()


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in sys.path if path))
    return subprocess.Popen(
        [sys.executable, "-m", "world.ledger_worker", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def entered(database: Database, account: str) -> Counter[str]:
    """Sums of an account's entries by kind."""
    sums = (
        select(ENTRY.c.kind, func.sum(ENTRY.c.units).label("units"))
        .where(ENTRY.c.account == account)
        .group_by(ENTRY.c.kind)
    )
    with database.reading() as connection:
        return Counter({row.kind: int(row.units) for row in connection.execute(sums)})


def peak(database: Database, account: str) -> int:
    """The most that was ever spent and reserved at once, replayed entry by entry."""
    entries = select(ENTRY).where(ENTRY.c.account == account).order_by(ENTRY.c.entry)
    effect = {"reserve": 1, "cancel": -1, "debit": 0, "cap": 0}
    held = highest = 0
    with database.reading() as connection:
        for row in connection.execute(entries):
            held += effect[row.kind] * row.units
            highest = max(highest, held)
    return highest


def test_processes_at_one_account_never_pass_its_cap_nor_lose_a_unit(
    url: str, database: Database
) -> None:
    workers = [start(url, f"w{number}", str(ROUNDS)) for number in range(PROCESSES)]
    outputs = [worker.communicate(timeout=120) for worker in workers]
    assert [
        (worker.returncode, errors) for worker, (_, errors) in zip(workers, outputs, strict=True)
    ] == [(0, "")] * PROCESSES
    said = [line.split() for out, _ in outputs for line in out.splitlines()]
    by_state = {
        state: {key for s, key in said if s == state}
        for state in ("debit", "reserve", "cancel", "refused")
    }
    assert len(said) == PROCESSES * ROUNDS
    assert by_state["refused"], "the account was never full: the race proves nothing"

    book = SqlLedger(database)
    for account in ledger_worker.ACCOUNTS:
        sums = entered(database, account)
        assert book.balance(account) == Balance(
            account, CAP, sums["debit"], sums["reserve"] - sums["debit"] - sums["cancel"]
        )
        assert peak(database, account) <= CAP
        assert {r.key for r in book.debited(account)} == by_state["debit"]
    assert set(book.expire(now=ledger_worker.LATER)) == by_state["reserve"]
    for account in ledger_worker.ACCOUNTS:
        assert book.balance(account).reserved_units == 0


def test_process_killed_in_the_middle_of_a_transaction_leaves_nothing_half_written(
    url: str, database: Database
) -> None:
    worker = start(url, "die")
    assert worker.stdout is not None
    assert worker.stdout.readline() == "half-way\n"
    worker.send_signal(signal.SIGKILL)
    worker.communicate(timeout=30)
    assert worker.returncode == -signal.SIGKILL

    book = SqlLedger(database)
    for account in ledger_worker.ACCOUNTS:
        assert book.balance(account) == Balance(account, CAP, 0, 0)
        assert entered(database, account) == Counter(cap=CAP)
    charge = (Charge(ledger_worker.ACCOUNTS[0], CAP),)
    held = book.reserve("killed", charge, now=ledger_worker.NOW, expires_at=ledger_worker.LATER)
    assert held.charges == charge
