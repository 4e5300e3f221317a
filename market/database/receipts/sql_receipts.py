"""The chains of receipts in SQL: the text each agent signed, verified again when it is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from market.database.engine import Database, insert_new
from market.database.receipts.errors import contradicted, receipt_early, receipt_forked
from market.database.receipts.tables import CHAIN, FORK
from market.entities.fork import Fork
from market.errors import MarketError
from market.records.receipt import FIRST_PREVIOUS, Receipt
from market.records.signed import Signed, open_signed, record_hash


@dataclass(frozen=True, slots=True)
class SqlReceipts:
    """market.ports.receipts.Receipts over a database."""

    database: Database

    def append(self, receipt: Signed[Receipt], *, now: int) -> None:
        # What speaks against it is raised after the transaction, which keeps the fork.
        """See the port; raises Conflict (`receipt-forked`), Unavailable (`receipt-early`)."""
        against = self.database.run(lambda connection: _append(connection, receipt, now))
        if against is not None:
            raise against

    def head(self, agent: str) -> tuple[int, str]:
        """See the port."""
        with self.database.reading() as connection:
            newest = _newest(connection, agent)
            held = _receipt(connection, agent, newest)
        return (newest, record_hash(held.record)) if held else (0, FIRST_PREVIOUS)

    def chain(self, agent: str, *, after: int, limit: int) -> list[Signed[Receipt]]:
        """See the port."""
        wanted = (
            select(CHAIN.c.document)
            .where(CHAIN.c.agent == agent, CHAIN.c.sequence > after)
            .order_by(CHAIN.c.sequence)
            .limit(limit)
        )
        with self.database.reading() as connection:
            return [_read(document) for document in connection.execute(wanted).scalars()]

    def forks(self, agents: Iterable[str] | None, *, after: int, limit: int) -> list[Fork]:
        """See the port."""
        found = select(FORK).where(FORK.c.fork > after).order_by(FORK.c.fork).limit(limit)
        if agents is not None:
            found = found.where(FORK.c.agent.in_(list(agents)))
        with self.database.reading() as connection:
            rows = connection.execute(found).all()
        return [Fork(row.fork, _read(row.held), _read(row.offered), row.seen_at) for row in rows]


def _append(connection: Connection, receipt: Signed[Receipt], now: int) -> MarketError | None:
    agent, record = receipt.signer, receipt.record
    newest = _newest(connection, agent)
    if record.sequence > newest + 1:
        return receipt_early(record, newest)
    in_its_place = _receipt(connection, agent, record.sequence)
    held = contradicted(receipt, in_its_place, _receipt(connection, agent, record.sequence - 1))
    if held is None and not insert_new(
        connection,
        CHAIN,
        agent=agent,
        sequence=record.sequence,
        document=receipt.encode().decode(),
        received_at=now,
    ):
        # It is there, or somebody was faster with another one.
        held = contradicted(receipt, _receipt(connection, agent, record.sequence), None)
    if held is None:
        return None
    insert_new(
        connection,
        FORK,
        agent=agent,
        receipt_hash=record_hash(record),
        held=held.encode().decode(),
        offered=receipt.encode().decode(),
        seen_at=now,
    )
    return receipt_forked(record, held.record)


def _newest(connection: Connection, agent: str) -> int:
    newest = select(func.max(CHAIN.c.sequence)).where(CHAIN.c.agent == agent)
    return connection.execute(newest).scalar() or 0


def _receipt(connection: Connection, agent: str, sequence: int) -> Signed[Receipt] | None:
    wanted = select(CHAIN.c.document).where(CHAIN.c.agent == agent, CHAIN.c.sequence == sequence)
    document = connection.execute(wanted).scalar_one_or_none()
    return None if document is None else _read(document)


def _read(document: str) -> Signed[Receipt]:
    return open_signed(Receipt, document.encode())
