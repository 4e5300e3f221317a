"""The agent's chain of receipts: numbered from 1, each naming the hash of the one before."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, insert, select

from market.records.receipt import FIRST_PREVIOUS
from market.vault.store.opening import AgentStore
from market.vault.store.tables import RECEIPT

RECEIPTS_AT_ONCE: Final = 100


def chain_head(connection: Connection) -> tuple[int, str]:
    """Sequence and hash of the newest receipt; 0 and zeros before the first."""
    row = connection.execute(
        select(RECEIPT.c.sequence, RECEIPT.c.receipt_hash)
        .order_by(RECEIPT.c.sequence.desc())
        .limit(1)
    ).one_or_none()
    return (row.sequence, row.receipt_hash) if row else (0, FIRST_PREVIOUS)


def add_receipt(connection: Connection, sequence: int, receipt: str, receipt_hash: str) -> None:
    """Extend the chain; the database refuses a second receipt of one number."""
    connection.execute(
        insert(RECEIPT).values(sequence=sequence, receipt_hash=receipt_hash, document=receipt)
    )


def head(store: AgentStore) -> tuple[int, str]:
    """`chain_head` in a transaction of its own."""
    with store.database.reading() as connection:
        return chain_head(connection)


def hash_at(store: AgentStore, sequence: int) -> str | None:
    """Hash of this store's receipt of that number, if there is one."""
    query = select(RECEIPT.c.receipt_hash).where(RECEIPT.c.sequence == sequence)
    with store.database.reading() as connection:
        found: str | None = connection.execute(query).scalar()
        return found


def receipts(store: AgentStore, *, after: int = 0) -> list[str]:
    """The next RECEIPTS_AT_ONCE signed receipts of this agent, behind the sequence `after`."""
    wanted = (
        select(RECEIPT.c.document)
        .where(RECEIPT.c.sequence > after)
        .order_by(RECEIPT.c.sequence)
        .limit(RECEIPTS_AT_ONCE)
    )
    with store.database.reading() as connection:
        return list(connection.execute(wanted).scalars())
