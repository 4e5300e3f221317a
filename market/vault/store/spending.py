"""Approve, refuse, release: each is one transaction, whole or not at all.

A release debits the ledger (people, buyer, key), spends the nonces, extends the chain of receipts
and stores the reply with its exact bytes, together. Only what has been committed is ever sent, so
a crash at any point leaves a buyer with one value or none, and the ledger equal to the receipts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection, insert, select

from market.database.ledger import sql_ledger as ledger
from market.database.ledger.balances import balances as balances_of
from market.database.ledger.balances import budgets
from market.database.ledger.tables import RESERVATION
from market.entities.account import Balance, Charge, Reservation
from market.errors import Conflict, NotFound, Refused
from market.policy.budget.accounts import is_buyer_account
from market.policy.budget.budget import told_in_epsilon
from market.policy.budget.verdict import Approve, LedgerView
from market.pricing.opening import newly
from market.vault.store.chain import add_receipt, chain_head
from market.vault.store.opening import AgentStore
from market.vault.store.released import Asked, had_before, record_release
from market.vault.store.replies import add_reply
from market.vault.store.tables import SPENT_NONCE


@dataclass(frozen=True, slots=True)
class Allowed:
    """A request with the rules' yes, and until when (Unix seconds) its units are held."""

    asked: Asked
    approve: Approve
    expires_at: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """A release's signed texts, made for one place in the chain of receipts."""

    envelope: str
    receipt: str
    receipt_hash: str


Seal = Callable[[int, str, int], Sealed]
"""(sequence, hash of the receipt before, rho charged) -> the signed texts."""
S = TypeVar("S", bound="Receipted")


class Receipted(Protocol):
    """Documents with a receipt among them."""

    @property
    def receipt(self) -> str: ...

    @property
    def receipt_hash(self) -> str: ...


def reservation_of(request_hash: str) -> str:
    """The key under which the ledger holds and debits what a request costs."""
    return f"request/{request_hash}"


def balances(store: AgentStore, accounts: Sequence[str]) -> dict[str, Balance]:
    """Balances of the accounts that exist."""
    with store.database.reading() as connection:
        return balances_of(connection, accounts)


def people_budgets(store: AgentStore) -> list[Balance]:
    """The budgets of the people in every table that this agent ever listed."""
    with store.database.reading() as connection:
        return budgets(connection)


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
    """Give back what approved requests hold past their time; the keys of those."""
    return store.database.run(lambda connection: ledger.expire(connection, now=now))


def commit_approval(
    store: AgentStore, allowed: Allowed, document: str, join: str | None = None, *, now: int
) -> None:
    """Reserve and store the approval to send, with the joining of a session where it is of one.

    Raises:
        Refused: the budget went to another request meanwhile, or the allocation was lowered.
    """

    def step(connection: Connection) -> None:
        _hold(connection, allowed, now=now)
        add_reply(connection, allowed.asked.job, "approval", document, join)

    # Not among what must never be forgotten: a store that lost it approves anew, and spent nothing.
    store.database.run(step)


def commit_refusal(store: AgentStore, asked: Asked, document: str, *, now: int) -> None:
    """Give the reservation back, if there is one, and store the refusal to send."""

    def step(connection: Connection) -> None:
        give_back(connection, asked, now=now)
        add_reply(connection, asked.job, "refusal", document)

    store.database.run(step)


def commit_release(
    store: AgentStore, allowed: Allowed, *, approval_nonce: str, seal: Seal, now: int
) -> None:
    """The point of no return: debit, nonces, receipt and reply, in one transaction.

    Raises:
        Refused: over budget, or a nonce was spent by another request.
    """
    asked = allowed.asked

    def step(connection: Connection) -> None:
        # Before the receipt, which says what was charged.
        charged = spend(connection, allowed, approval_nonce=approval_nonce, now=now)
        sealed = extend_chain(
            connection, asked, lambda sequence, previous: seal(sequence, previous, charged)
        )
        # Together with the debit: what was paid for is sent, however often the agent is killed.
        add_reply(connection, asked.job, "release", sealed.envelope, sealed.receipt)

    store.remember(step)


def spend(connection: Connection, allowed: Allowed, *, approval_nonce: str, now: int) -> int:
    """Debit a request once and for all, and return the rho its receipt tells the buyer.

    Raises:
        Refused: over budget, or a nonce was spent by another request.
    """
    # First of all: a second answer to one request ends here, and charges nothing.
    _spend_nonces(connection, allowed.asked, approval_nonce)
    return _settle(connection, allowed, now=now)


def extend_chain(connection: Connection, asked: Asked, seal: Callable[[int, str], S]) -> S:
    """Make a receipt's documents for the next place in the chain, and keep it there."""
    # Only inside the transaction is the place in the chain certain: another process of the
    # owner's may have released between two looks at its head.
    sequence, previous = chain_head(connection)
    sealed = seal(sequence + 1, previous)
    add_receipt(connection, sequence + 1, sealed.receipt, sealed.receipt_hash)
    record_release(connection, asked, sequence + 1)
    return sealed


def _hold(connection: Connection, allowed: Allowed, *, now: int) -> None:
    """Reserve what is new to the buyer of a request; what is held already stays as it is."""
    approve = allowed.approve
    with told_in_epsilon(approve.delta, approve.cost):
        # A buyer's allocation is what the owner says now, not what they said when it was opened.
        for account in approve.buyer_accounts:
            ledger.open_account(connection, account, approve.allocation)
        if approve.cost.whole and not _is_reserved(connection, allowed.asked):
            ledger.reserve(
                connection,
                reservation_of(allowed.asked.request_hash),
                approve.cost.whole,
                now=now,
                expires_at=allowed.expires_at,
            )


def _settle(connection: Connection, allowed: Allowed, *, now: int) -> int:
    """Debit what is due, and return the rho its receipt tells the buyer."""
    asked, approve = allowed.asked, allowed.approve
    # Asked again in here: between the verdict and this transaction some of it may have been
    # released to this buyer, or to another.
    had = had_before(connection, asked)
    # A manual approval held nothing so far.
    _hold(connection, allowed, now=now)
    if due := approve.payers.due(asked.opening, had).whole:
        ledger.debit(connection, _reservation_for(connection, allowed, due, now=now), now=now)
    else:
        # A member without data charges nobody, nor does what the buyer has.
        give_back(connection, asked, now=now)
    # What others have is charged to the buyer in full, or the receipt would tell that they have it.
    return newly(asked.opening, had.own).rho_units


def _reservation_for(
    connection: Connection, allowed: Allowed, due: tuple[Charge, ...], *, now: int
) -> str:
    """The key under which exactly what is due is held."""
    key = reservation_of(allowed.asked.request_hash)
    if ledger.find(connection, key).charges == due:
        return key
    # Held as if it were new, so that it would have been refused like what is new; debited is less.
    # A debit takes a reservation as it is, so the lesser one has a key of its own.
    give_back(connection, allowed.asked, now=now)
    ledger.reserve(connection, f"{key}/due", due, now=now, expires_at=allowed.expires_at)
    return f"{key}/due"


def give_back(connection: Connection, asked: Asked, *, now: int) -> None:
    """Hold nothing for a request any more."""
    try:
        ledger.cancel(connection, reservation_of(asked.request_hash), now=now)
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
    found = balances_of(connection, accounts)
    return LedgerView(
        available={name: balance.available_units for name, balance in found.items()},
        spent_by=_spent_by(connection, f"request/{asked.request_nonce}"),
        had=had_before(connection, asked),
        is_reserved=_is_reserved(connection, asked),
    )


def _spent_by(connection: Connection, nonce: str) -> str | None:
    return connection.execute(
        select(SPENT_NONCE.c.request_hash).where(SPENT_NONCE.c.nonce == nonce)
    ).scalar()


def _is_reserved(connection: Connection, asked: Asked) -> bool:
    key = reservation_of(asked.request_hash)
    found = select(RESERVATION.c.state).where(RESERVATION.c.key == key)
    return connection.execute(found).scalar() == "reserved"
