"""Sessions with other members: charged before a share can leave, over when their reply is stored.

    charged     debit, nonces and the session, in one transaction: the point of no return
    over        receipt and reply, in another: a release, or an abort that keeps the charge

A session that never came to its charge leaves nothing here, and may be begun again. One that was
charged and not over when the agent ended is over as well: whether a share has left is not known, so
its charge stays, with a receipt that says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from market import wire
from market.records.receipt import ReceiptedDataset
from market.vault.store.opening import AgentStore
from market.vault.store.released import Asked
from market.vault.store.replies import add_reply
from market.vault.store.spending import Allowed, Sealed, extend_chain, give_back, spend
from market.vault.store.tables import SESSION


@dataclass(frozen=True, slots=True)
class Run:
    """What a session computes, and all that its receipt is made of.

    Attributes:
        held: the agreement and whose budget it is, as a receipt names it.
        seal: what its members sealed (market.records.session).
    """

    asked: Asked
    held: ReceiptedDataset
    plan_hash: str
    seal: str


@dataclass(frozen=True, slots=True)
class Aborted:
    """The signed texts of a charged session that gave no result."""

    abort: str
    receipt: str
    receipt_hash: str


SealRelease = Callable[[int, str], Sealed]
SealAbort = Callable[[int, str], Aborted]
"""(sequence, hash of the receipt before) -> the signed texts."""


def commit_charge(
    store: AgentStore, run: Run, allowed: Allowed, *, approval_nonce: str, now: int
) -> None:
    """The point of no return: debit, nonces and the session, in one transaction.

    Raises:
        Refused: over budget, or a nonce was spent: by another request, or by this one before.
    """

    def step(connection: Connection) -> None:
        spend(connection, allowed, approval_nonce=approval_nonce, now=now)
        connection.execute(
            insert(SESSION).values(
                job=run.asked.job,
                request_hash=run.asked.request_hash,
                run=wire.encode(run).decode(),
                charged_at=now,
                is_over=0,
            )
        )

    store.remember(step)


def commit_joint_release(store: AgentStore, run: Run, seal: SealRelease) -> None:
    """End a charged session with its release, in one transaction."""

    def step(connection: Connection) -> None:
        sealed = extend_chain(connection, run.asked, seal)
        add_reply(connection, run.asked.job, "release", sealed.envelope, sealed.receipt)
        _end(connection, run)

    store.remember(step)


def commit_charged_abort(store: AgentStore, run: Run, seal: SealAbort) -> None:
    """End a charged session without a result; its charge stays, and its receipt says so."""

    def step(connection: Connection) -> None:
        aborted = extend_chain(connection, run.asked, seal)
        add_reply(connection, run.asked.job, "abort", aborted.abort, aborted.receipt)
        _end(connection, run)

    store.remember(step)


def commit_free_abort(store: AgentStore, asked: Asked, document: str, *, now: int) -> None:
    """End a session that was never charged: nothing is held for it any more."""

    def step(connection: Connection) -> None:
        give_back(connection, asked, now=now)
        add_reply(connection, asked.job, "abort", document)

    store.database.run(step)


def charged_sessions(store: AgentStore) -> list[Run]:
    """Those that were charged and are not over, oldest first."""
    query = select(SESSION.c.run).where(SESSION.c.is_over == 0).order_by(SESSION.c.charged_at)
    with store.database.reading() as connection:
        return [wire.decode(Run, text.encode()) for text in connection.execute(query).scalars()]


def _end(connection: Connection, run: Run) -> None:
    of_run = SESSION.c.job == run.asked.job
    connection.execute(update(SESSION).where(of_run).values(is_over=1))
