"""What a restored agent adds: releases it made and no longer knows of.

What was spent was spent, so a recovered debit is taken even where the cap known here is too low:
the cap is then raised to what is spent, and nothing is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from market.adapters.database import ledger
from market.adapters.database.ledger_tables import RESERVATION
from market.agent.store.opening import AgentStore
from market.agent.store.spending import Asked, chain_head, record_release, released_to
from market.agent.store.tables import SPENT_NONCE
from market.errors import NotFound
from market.policy.repeats import Cost, Novelty
from market.ports.ledger import Charge


@dataclass(frozen=True, slots=True)
class Recovered:
    """One release proved by its receipt; `cost` is FREE when the receipt charges nothing."""

    asked: Asked
    sequence: int
    receipt: str
    receipt_hash: str
    cost: Cost


def head(store: AgentStore) -> tuple[int, str]:
    """Sequence and hash of the newest receipt this store knows."""
    with store.database.reading() as connection:
        return chain_head(connection)


def recover(store: AgentStore, releases: Sequence[Recovered], *, now: int) -> None:
    """Take the missing releases in, all or none."""

    def step(connection: Connection) -> None:
        for recovered in releases:
            _recover(connection, recovered, now=now)

    store.database.run(step)


def _recover(connection: Connection, recovered: Recovered, *, now: int) -> None:
    asked = recovered.asked
    due = recovered.cost.due_by_receipt(released_to(connection, asked))
    if due:
        # A reservation of the time before the backup is replaced by the debit that followed it.
        key = asked.reservation
        try:
            ledger.release(connection, key, now=now)
            key = f"{key}/recovered"
        except NotFound:
            # It was approved after the backup was made.
            pass
        _make_room(connection, due)
        ledger.reserve(connection, key, due, now=now, expires_at=now + 1)
        ledger.debit(connection, key, now=now)
    connection.execute(
        insert(SPENT_NONCE).values(
            nonce=f"request/{asked.request_nonce}", request_hash=asked.request_hash
        )
    )
    record_release(connection, asked, recovered.sequence, recovered.receipt, recovered.receipt_hash)


def charge_former(store: AgentStore, releases: Sequence[Recovered], *, now: int) -> None:
    """Take in what an agent before this one has spent; again it changes nothing.

    Its receipts are no part of this agent's chain, so that its answers are not given again.
    """

    def step(connection: Connection) -> None:
        had: dict[str, set[str]] = {}
        for recovered in releases:
            buyers = had.setdefault(recovered.asked.opening, set())
            novelty: Novelty = "new"
            if buyers:
                novelty = "own" if recovered.asked.buyer in buyers else "others"
            buyers.add(recovered.asked.buyer)
            due = recovered.cost.due_by_receipt(novelty)
            key = f"former/{recovered.asked.request_hash}"
            if due and not _is_charged(connection, key):
                _make_room(connection, due)
                ledger.reserve(connection, key, due, now=now, expires_at=now + 1)
                ledger.debit(connection, key, now=now)

    store.database.run(step)


def _is_charged(connection: Connection, key: str) -> bool:
    return bool(
        connection.execute(select(RESERVATION.c.key).where(RESERVATION.c.key == key)).first()
    )


def _make_room(connection: Connection, charges: Sequence[Charge]) -> None:
    for charge in charges:
        try:
            found = ledger.balance(connection, charge.account)
            needed = found.spent_units + found.reserved_units + charge.units
            cap_units = max(found.cap_units, needed)
        except NotFound:
            cap_units = charge.units
        ledger.open_account(connection, charge.account, cap_units)
