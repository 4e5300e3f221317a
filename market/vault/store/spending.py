"""Approve, refuse, release: each is one transaction, whole or not at all.

A release debits the ledger (people, buyer, key), spends the nonces, extends the chain of receipts
and stores the reply with its exact bytes, together. Only what has been committed is ever sent, so
a crash at any point leaves a buyer with one value or none, and the ledger equal to the receipts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from market.database.ledger import sql_ledger as ledger
from market.database.ledger.tables import RESERVATION
from market.entities.account import Balance, Reservation
from market.errors import Conflict, NotFound, Refused
from market.policy.accounts import is_buyer_account
from market.policy.budget import told_in_epsilon
from market.policy.repeats import Novelty, novelty_of
from market.policy.verdict import Approve, LedgerView
from market.records.receipt import FIRST_PREVIOUS
from market.vault.store.opening import AgentStore
from market.vault.store.replies import add_reply
from market.vault.store.tables import RECEIPT, RELEASE, SPENT_NONCE


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the store sees it; `opening` is what it opens (market.pricing.opening)."""

    job: str
    request_hash: str
    request_nonce: str
    buyer: str
    opening: str
    rho_units: int

    @property
    def reservation(self) -> str:
        return reservation_of(self.request_hash)


def reservation_of(request_hash: str) -> str:
    """The key under which the ledger holds and debits what a request costs."""
    return f"request/{request_hash}"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A release's signed texts, made for one place in the chain of receipts."""

    envelope: str
    receipt: str
    receipt_hash: str


Seal = Callable[[int, str, int], Sealed]
"""(sequence, hash of the receipt before, rho charged) -> the signed texts."""


def balances(store: AgentStore, accounts: Sequence[str]) -> dict[str, Balance]:
    """Balances of the accounts that exist."""
    with store.database.reading() as connection:
        return _balances(connection, accounts)


def view(store: AgentStore, asked: Asked, accounts: Sequence[str]) -> LedgerView:
    """What the ledger says about a request.

    Raises:
        Refused: `publication-unconfirmed`: an account is missing which the listing of the dataset
            opens, since the owner's client was stopped between the portal's answer and that.
    """
    with store.database.reading() as connection:
        seen = _view(connection, asked, accounts)
    for account in accounts:
        if account not in seen.available and not is_buyer_account(account):
            raise Refused(
                "publication-unconfirmed",
                f"The agent has no account {account} yet.",
                "Run `market dataset publish` again with the same files, to finish it.",
            )
    return seen


def debits(store: AgentStore, account: str) -> list[Reservation]:
    """Every debit of an account, oldest first."""
    with store.database.reading() as connection:
        return ledger.debited(connection, account)


def expire_reservations(store: AgentStore, *, now: int) -> list[str]:
    """Give back what approved requests hold past their time."""
    return store.database.run(lambda connection: ledger.expire(connection, now=now))


def commit_approval(
    store: AgentStore, asked: Asked, approve: Approve, document: str, *, now: int, expires_at: int
) -> None:
    """Reserve and store the approval to send.

    Raises:
        Refused: the budget went to another request meanwhile, or the allocation was lowered.
    """

    def step(connection: Connection) -> None:
        _hold(connection, asked, approve, now=now, expires_at=expires_at)
        add_reply(connection, asked.job, "approval", document)

    store.database.run(step)


def commit_refusal(store: AgentStore, asked: Asked, document: str, *, now: int) -> None:
    """Give the reservation back, if there is one, and store the refusal to send."""

    def step(connection: Connection) -> None:
        _give_back(connection, asked, now=now)
        add_reply(connection, asked.job, "refusal", document)

    store.database.run(step)


def commit_release(
    store: AgentStore,
    asked: Asked,
    approve: Approve,
    *,
    approval_nonce: str,
    seal: Seal,
    now: int,
    expires_at: int,
) -> None:
    """The point of no return: debit, nonces, receipt and reply, in one transaction.

    Raises:
        Refused: over budget, or a nonce was spent by another request.
    """

    def step(connection: Connection) -> None:
        _spend_nonces(connection, asked, approval_nonce)
        charged = _settle(connection, asked, approve, now=now, expires_at=expires_at)
        sequence, previous = chain_head(connection)
        sealed = seal(sequence + 1, previous, charged)
        add_receipt(connection, sequence + 1, sealed.receipt, sealed.receipt_hash)
        record_release(connection, asked, sequence + 1)
        add_reply(connection, asked.job, "release", sealed.envelope, sealed.receipt)

    store.remember(step)


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


def record_release(connection: Connection, asked: Asked, sequence: int) -> None:
    """Remember what was opened for whom; the database refuses a second answer."""
    connection.execute(
        insert(RELEASE).values(
            request_hash=asked.request_hash,
            job=asked.job,
            buyer=asked.buyer,
            opening=asked.opening,
            sequence=sequence,
        )
    )


def released_to(connection: Connection, asked: Asked) -> Novelty:
    """Whether what a request opens was released before, and to whom."""
    same = select(RELEASE.c.buyer).where(RELEASE.c.opening == asked.opening).distinct()
    return novelty_of(asked.buyer, set(connection.execute(same).scalars()))


def receipts(store: AgentStore) -> list[str]:
    """The signed receipts of this agent, in order."""
    with store.database.reading() as connection:
        rows = connection.execute(select(RECEIPT.c.document).order_by(RECEIPT.c.sequence))
        return list(rows.scalars())


def _hold(
    connection: Connection, asked: Asked, approve: Approve, *, now: int, expires_at: int
) -> None:
    with told_in_epsilon(approve.delta, approve.cost):
        for account in approve.buyer_accounts:
            ledger.open_account(connection, account, approve.allocation)
        if approve.cost.whole:
            ledger.reserve(
                connection, asked.reservation, approve.cost.whole, now=now, expires_at=expires_at
            )


def _settle(
    connection: Connection, asked: Asked, approve: Approve, *, now: int, expires_at: int
) -> int:
    """Debit what is due, and return the rho its receipt tells the buyer."""
    novelty = released_to(connection, asked)
    if novelty == "own":
        _give_back(connection, asked, now=now)
        return 0
    _hold(connection, asked, approve, now=now, expires_at=expires_at)
    key, due = asked.reservation, approve.cost.due(novelty)
    if due != approve.cost.whole:
        # Held as if it were new, so that it would have been refused like a new one.
        ledger.release(connection, key, now=now)
        key = f"{key}/due"
        ledger.reserve(connection, key, due, now=now, expires_at=expires_at)
    ledger.debit(connection, key, now=now)
    return asked.rho_units


def _give_back(connection: Connection, asked: Asked, *, now: int) -> None:
    try:
        ledger.release(connection, asked.reservation, now=now)
    except (NotFound, Conflict):
        # Nothing was reserved (a manual approval, or a question that cost nothing), or it was
        # debited for a release that this store knows by its receipt alone.
        return


def _spend_nonces(connection: Connection, asked: Asked, approval_nonce: str) -> None:
    for nonce in (f"request/{asked.request_nonce}", f"approval/{approval_nonce}"):
        spent_by = _spent_by(connection, nonce)
        if spent_by == asked.request_hash:
            # Known from its receipt alone: the reply was lost with the agent's machine.
            raise Refused(
                "request-answered",
                "This request was answered before; the answer was lost with the agent's machine.",
                "Submit the job again: what you paid for costs nothing more.",
            )
        if spent_by is not None:
            raise Refused(
                "nonce-spent",
                "Another request was answered under this nonce.",
                "Sign and approve the job again: fresh nonces are drawn.",
            )
        connection.execute(insert(SPENT_NONCE).values(nonce=nonce, request_hash=asked.request_hash))


def _view(connection: Connection, asked: Asked, accounts: Sequence[str]) -> LedgerView:
    found = _balances(connection, accounts)
    return LedgerView(
        available={name: balance.available_units for name, balance in found.items()},
        spent_by=_spent_by(connection, f"request/{asked.request_nonce}"),
        novelty=released_to(connection, asked),
        is_reserved=_is_reserved(connection, asked),
    )


def _balances(connection: Connection, accounts: Sequence[str]) -> dict[str, Balance]:
    found: dict[str, Balance] = {}
    for account in accounts:
        try:
            found[account] = ledger.balance(connection, account)
        except NotFound:
            # A buyer's account is opened by their first approval.
            continue
    return found


def _spent_by(connection: Connection, nonce: str) -> str | None:
    return connection.execute(
        select(SPENT_NONCE.c.request_hash).where(SPENT_NONCE.c.nonce == nonce)
    ).scalar()


def _is_reserved(connection: Connection, asked: Asked) -> bool:
    found = select(RESERVATION.c.state).where(RESERVATION.c.key == asked.reservation)
    return connection.execute(found).scalar() == "reserved"
