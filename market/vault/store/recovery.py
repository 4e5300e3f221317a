"""What a restored agent adds: releases it made and no longer knows of.

What was spent was spent, so a recovered debit is taken even where the cap known here is too low:
the cap is then raised to what is spent, and nothing is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from market.database.ledger import balances
from market.database.ledger import sql_ledger as ledger
from market.database.ledger.tables import RESERVATION
from market.database.openings import sql_openings
from market.entities.account import MAXIMUM_UNITS, Charge
from market.errors import NotFound
from market.policy.budget.accounts import is_buyer_account
from market.policy.budget.repeats import FREE, Cost, Payers
from market.vault.store.chain import add_receipt
from market.vault.store.opening import AgentStore
from market.vault.store.publications import Listed
from market.vault.store.released import OWN, Asked, record_release
from market.vault.store.spending import reservation_of
from market.vault.store.tables import SPENT_NONCE


@dataclass(frozen=True, slots=True)
class Recovered:
    """One release proved by its receipt.

    Attributes:
        asked: None where the receipt is all that is left.
        table: the version it was for, where the documents show it.
        rho_units: what the receipt charges its buyer.
        lost: what it cost where the receipt is all that is left.
    """

    request_hash: str
    asked: Asked | None
    sequence: int
    receipt: str
    receipt_hash: str
    table: Listed | None
    rho_units: int
    payers: Payers
    lost: Cost = FREE


def recover(store: AgentStore, releases: Sequence[Recovered], *, now: int) -> None:
    """Take the missing releases in, all or none."""

    def step(connection: Connection) -> None:
        for recovered in releases:
            _recover(connection, recovered, now=now)

    store.database.run(step)


def _recover(connection: Connection, recovered: Recovered, *, now: int) -> None:
    asked = recovered.asked
    if due := _due(connection, recovered, OWN):
        # A reservation of the time before the backup is replaced by the debit that followed it.
        key = reservation_of(recovered.request_hash)
        try:
            ledger.cancel(connection, key, now=now)
            # The key of a reservation that was given back takes no debit.
            key = f"{key}/recovered"
        except NotFound:
            # It was approved after the backup was made.
            pass
        _debit(connection, key, due, now=now)
    # In its old place, so that the next release follows what the platform has of this chain.
    add_receipt(connection, recovered.sequence, recovered.receipt, recovered.receipt_hash)
    if asked is None:
        # What it opened is not known, so that nothing counts as its repetition.
        return
    # The reply is lost: asked again, the request is told so instead of being charged twice.
    connection.execute(
        insert(SPENT_NONCE).values(
            nonce=f"request/{asked.request_nonce}", request_hash=asked.request_hash
        )
    )
    record_release(connection, asked, recovered.sequence)


def charge_former(
    store: AgentStore, agent: str, releases: Sequence[Recovered], *, now: int
) -> None:
    """Take in what an agent before this one (its key in hex) has spent; again it changes nothing.

    Its receipts are not part of this agent's chain, so that its answers are not given again.
    """

    def step(connection: Connection) -> None:
        # What a former agent opened is counted in its own chain: this agent gives none of it again,
        # so that its first release of the same is a new one.
        for recovered in releases:
            due = _due(connection, recovered, agent)
            key = f"former/{recovered.request_hash}"
            if due and not _is_charged(connection, key):
                _debit(connection, key, due, now=now)
            if recovered.asked is not None:
                release = recovered.asked.release(recovered.sequence, agent)
                sql_openings.record(connection, release, recovered.asked.opening)

    store.database.run(step)


def _due(connection: Connection, recovered: Recovered, chain: str) -> tuple[Charge, ...]:
    """What a release took, by its receipt and by what was opened before it in its chain."""
    asked = recovered.asked
    if asked is None:
        return recovered.lost.whole
    release = asked.release(recovered.sequence, chain)
    had = sql_openings.had(connection, release, asked.opening)
    return recovered.payers.due_by_receipt(asked.opening, had, recovered.rho_units).whole


def _is_charged(connection: Connection, key: str) -> bool:
    return bool(
        connection.execute(select(RESERVATION.c.key).where(RESERVATION.c.key == key)).first()
    )


def _debit(connection: Connection, key: str, due: tuple[Charge, ...], *, now: int) -> None:
    """Debit what was spent for certain, whatever the caps known here allow."""
    for charge in due:
        try:
            found = balances.balance(connection, charge.account)
            needed = found.spent_units + found.reserved_units + charge.units
            cap_units = max(found.cap_units, needed)
        except NotFound:
            # What a buyer may take in all is set by the next approval of theirs.
            of_buyer = is_buyer_account(charge.account)
            cap_units = MAXIMUM_UNITS if of_buyer else charge.units
        ledger.open_account(connection, charge.account, cap_units)
    ledger.reserve(connection, key, due, now=now, expires_at=now + 1)
    ledger.debit(connection, key, now=now)
