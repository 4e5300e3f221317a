"""What the agent answers, kept as the exact text until the portal has acknowledged it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from market.vault.store.opening import AgentStore
from market.vault.store.tables import REPLY

ReplyKind = Literal["approval", "refusal", "release", "abort"]
DELIVERED = "delivered"
PAID = (REPLY.c.kind == "release") | ((REPLY.c.kind == "abort") & REPLY.c.beside.is_not(None))
"""Replies with a receipt."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`beside` is what is sent with it: the receipt of a release, or of an abort that was charged;
    with the approval of a session, its joining. `outcome` is empty until the portal answered."""

    reply: int
    job: str
    kind: ReplyKind
    document: str
    beside: str | None
    outcome: str


def may_leave_at_once(reply: Reply) -> bool:
    """Whether no noise was sampled for it, so that when it leaves says nothing about any."""
    return reply.kind in ("approval", "refusal")


def add_reply(
    connection: Connection, job: str, kind: ReplyKind, document: str, beside: str | None = None
) -> None:
    """Part of the transaction that decides; a job has one reply of each kind, ever."""
    connection.execute(
        insert(REPLY).values(job=job, kind=kind, document=document, beside=beside, outcome="")
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


def reopen_paid(store: AgentStore) -> int:
    """Send again what the portal turned down and was paid for. How many there are.

    A job that has ended meanwhile takes the receipt late, so no receipt of the chain is missing.
    """
    return store.database.run(
        lambda connection: (
            connection.execute(
                update(REPLY).where(PAID, REPLY.c.outcome.startswith("closed:")).values(outcome="")
            ).rowcount
        )
    )
