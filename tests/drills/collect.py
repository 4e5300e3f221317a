"""Reads the evidence: the platform's database, the agent's store, the logs of both."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sql

from crypto import canonical
from drills.evidence import Books, Held, JobSeen, Receipted, Sent
from market import wire
from market.policy.budget.accounts import buyer_accounts
from market.records.receipt import CountersignedReceipt, Receipt
from market.records.signed import open_signed

_ACCOUNTS: Final = "SELECT account, spent_units, reserved_units FROM ledger_account"
_HELD: Final = """
SELECT c.key, c.account, c.units FROM ledger_charge c
JOIN ledger_reservation r ON r.key = c.key WHERE r.state = 'reserved' ORDER BY c.key, c.account
"""
_JOBS: Final = """
SELECT job, state, code, "commit", epsilon, request_hash FROM job ORDER BY created_at, job
"""
_DELIVERED: Final = """
SELECT e.job, e.text, r.text FROM job_document e
JOIN job_document r ON r.job = e.job AND r.party = e.party AND r.kind = 'receipt'
WHERE e.kind = 'envelope' ORDER BY e.job
"""
_CHAIN: Final = "SELECT sequence, document FROM receipt_chain ORDER BY sequence"
_AGENTS_CHAIN: Final = "SELECT sequence, document FROM agent_receipt ORDER BY sequence"
_REPLIES: Final = """
SELECT job, document, beside FROM agent_reply WHERE kind = 'release' ORDER BY job
"""


def jobs_seen(database_url: str, commits: Collection[str]) -> tuple[JobSeen, ...]:
    """Every job of the platform that asks with one of these commits, oldest first."""
    with _reading(database_url) as connection:
        return tuple(
            JobSeen(job, state, code, f"{commit}@{epsilon}", request_hash or "")
            for job, state, code, commit, epsilon, request_hash in _rows(connection, _JOBS)
            if commit in commits
        )


def platforms_books(database_url: str) -> Books:
    """What the platform keeps."""
    with _reading(database_url) as connection:
        return _books(connection, _CHAIN, _delivered(connection))


def agents_books(path: Path) -> Books:
    """What the agent keeps, which has been stopped."""
    with _reading(f"sqlite:///{path}") as connection:
        return _books(
            connection, _AGENTS_CHAIN, (Sent(*row) for row in _rows(connection, _REPLIES))
        )


def troubles_of(logs: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    """Lines that tell of a failure without a code: a trace, or an error that nobody named."""
    for process, path in logs.items():
        for line in path.read_text("utf-8", errors="replace").splitlines():
            if _is_trouble(line):
                yield process, line[:2_000]


def steps_troubles(folder: Path) -> Iterator[tuple[str, str]]:
    """The same in what the steps of jobs wrote to the logs of their tasks."""
    for path in sorted(folder.rglob("attempt=*.log")):
        for line in path.read_text("utf-8", errors="replace").splitlines():
            told = _object(line)
            if "Step" in str(told.get("logger")) and _is_trouble(str(told.get("event"))):
                yield path.parent.name, str(told["event"])[:2_000]


def _is_trouble(line: str) -> bool:
    if line.startswith("Traceback"):
        return True
    told = _object(line)
    return bool(told.get("exception")) or (told.get("level") == "error" and "code" not in told)


def _object(line: str) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _books(connection: sql.Connection, chain: str, sent: Iterable[Sent]) -> Books:
    return Books(
        {account: (spent, held) for account, spent, held in _rows(connection, _ACCOUNTS)},
        tuple(Held(*row) for row in _rows(connection, _HELD)),
        tuple(_receipted(sequence, text) for sequence, text in _rows(connection, chain)),
        tuple(sent),
    )


def _delivered(connection: sql.Connection) -> Iterator[Sent]:
    """Without the platform's own signature, which it adds to a receipt."""
    for job, envelope, text in _rows(connection, _DELIVERED):
        receipt = wire.from_json(CountersignedReceipt, canonical.loads(text.encode()))
        yield Sent(job, envelope, receipt.receipt)


def _receipted(sequence: int, text: str) -> Receipted:
    receipt = open_signed(Receipt, text.encode()).record
    (account,) = buyer_accounts(receipt.datasets[0], receipt.buyer)
    return Receipted(sequence, receipt.request_hash, account, receipt.rho_units, text)


def _reading(url: str) -> sql.Connection:
    return sql.create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sql.NullPool
    ).connect()


def _rows(connection: sql.Connection, query: str) -> list[Any]:
    return list(connection.execute(sql.text(query)))
