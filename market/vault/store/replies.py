"""What the agent answers, kept as the exact text until the portal has acknowledged it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from market.vault.store.opening import AgentStore
from market.vault.store.tables import REPLY

ReplyKind = Literal["approval", "refusal", "release"]
DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Reply:
    """`receipt` stands with a release alone. `outcome` is empty until the portal answered."""

    reply: int
    job: str
    kind: ReplyKind
    document: str
    receipt: str | None
    outcome: str


def add_reply(
    connection: Connection, job: str, kind: ReplyKind, document: str, receipt: str | None = None
) -> None:
    """Part of the transaction that decides; a job has one reply of each kind, ever."""
    connection.execute(
        insert(REPLY).values(job=job, kind=kind, document=document, receipt=receipt, outcome="")
    )


def find_replies(store: AgentStore, job: str) -> dict[ReplyKind, Reply]:
    """The job's replies by kind."""
    with store.database.reading() as connection:
        rows = connection.execute(select(REPLY).where(REPLY.c.job == job)).all()
    return {row.kind: Reply(*row) for row in rows}


def waiting_replies(store: AgentStore) -> list[Reply]:
    """Replies the portal has not answered, oldest first."""
    with store.database.reading() as connection:
        rows = connection.execute(
            select(REPLY).where(REPLY.c.outcome == "").order_by(REPLY.c.reply)
        ).all()
    return [Reply(*row) for row in rows]


def close_reply(store: AgentStore, reply: int, outcome: str) -> None:
    """Note the portal's answer: delivered, or closed:<code>."""
    store.database.run(
        lambda connection: (
            connection.execute(
                update(REPLY).where(REPLY.c.reply == reply).values(outcome=outcome)
            ).rowcount
        )
    )


def reopen_releases(store: AgentStore) -> int:
    """Send releases again that the portal turned down: each was paid for. How many there are.

    A job that has ended meanwhile takes the receipt late, so no receipt of the chain is missing.
    """
    return store.database.run(
        lambda connection: (
            connection.execute(
                update(REPLY)
                .where(REPLY.c.kind == "release", REPLY.c.outcome.startswith("closed:"))
                .values(outcome="")
            ).rowcount
        )
    )
