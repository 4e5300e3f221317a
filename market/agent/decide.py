"""Yes, no, or the owner's to decide: a pure function of plan, policy and ledger.

The order of the rules is fixed, so that a refusal says the same whoever asks it: standing, version,
prices, times, nonce, entitlement, policy, budget, key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crypto.flooding import flooding_units
from market.agent.holdings import Holding
from market.agent.question import Question
from market.errors import Refused
from market.plan.moments import kinds, uses_replay
from market.plan.privacy import Quote
from market.policy.accounts import buyer_accounts, flooding_account, rho_charges
from market.policy.admission import admission
from market.policy.clock import check_time
from market.policy.decision import Denied
from market.policy.entitlement import entitlement
from market.ports.ledger import Charge
from market.records.manifest import Manifest


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What the agent's own ledger says about one question.

    Attributes:
        available: units left, by account; a buyer's account that was never opened is absent.
        spent_by: hash of the request that spent this request's nonce, or None.
        is_repeat: this very question was released before; it costs nothing.
        is_reserved: its units are held already.
    """

    available: Mapping[str, int]
    spent_by: str | None
    is_repeat: bool
    is_reserved: bool


@dataclass(frozen=True, slots=True)
class Approve:
    """Yes, for these charges; `allocation` is what the buyer may take of each lineage in all."""

    charges: tuple[Charge, ...]
    buyer_accounts: tuple[str, ...]
    allocation: int
    rho_units: int


@dataclass(frozen=True, slots=True)
class ByHand:
    """Nothing speaks against it; the owner's policy leaves it to him."""

    approve: Approve


@dataclass(frozen=True, slots=True)
class Refuse:
    """No, with the reason the buyer is told."""

    code: str
    message: str
    next_action: str

    def error(self) -> Refused:
        return Refused(self.code, self.message, self.next_action)


Decision = Approve | ByHand | Refuse


def decide(question: Question, holding: Holding, view: LedgerView, *, now: int) -> Decision:
    """Whether the agent approves a question."""
    request = question.request
    late = check_time(request.created_at, request.expires_at, reader="the agent", now=now)
    if late:
        return Refuse(late.code, late.message, late.next_action)
    verdict = judge(question, holding, view, now=now)
    if isinstance(verdict, Approve) and holding.policy.approval == "manual":
        return ByHand(verdict)
    return verdict


def judge(question: Question, holding: Holding, view: LedgerView, *, now: int) -> Approve | Refuse:
    """Every rule but the request's time: asked at approval and, again, at release."""
    listing = holding.listing.record
    if denied := holding.serving.refusal(listing.dataset, listing.version):
        return Refuse(denied.code, denied.message, denied.next_action)
    if isinstance(question.price, Refused):
        return _refuse(question.price)
    if question.mismatch:
        return Refuse(
            "request-invalid",
            f"The request is not for what this agent holds: {question.mismatch}.",
            "Look at the dataset again and sign the job anew.",
        )
    if view.spent_by not in (None, question.request_hash):
        return Refuse(
            "nonce-spent",
            "Another request was answered under this nonce.",
            "Sign the job again: the client draws a fresh nonce.",
        )
    return _priced(question, question.price, holding, view, now=now)


def charges_of_quote(manifest: Manifest, buyer: str, priced: Quote) -> tuple[Charge, ...]:
    """What a first release costs: every lineage, the buyer's part of each, the key."""
    units = sum(flooding_units(output.bound, output.scale_squared) for output in priced.outputs)
    return (
        *rho_charges(manifest, buyer, priced.rho_units),
        Charge(flooding_account(manifest.key_id), units),
    )


def _priced(
    question: Question, priced: Quote, holding: Holding, view: LedgerView, *, now: int
) -> Approve | Refuse:
    listing, manifest = holding.listing.record, holding.manifest.record
    entitled = entitlement(
        holding.policy,
        holding.grant_of(question.buyer, now=now),
        dataset=listing.dataset,
        lineages=manifest.lineages,
        buyer=question.buyer,
        now=now,
    )
    if isinstance(entitled, Denied):
        return Refuse(entitled.code, entitled.message, entitled.next_action)
    denied = admission(
        holding.policy,
        kinds=kinds(question.plan),
        uses_replay=uses_replay(question.plan, listing.schema),
        rho_units=priced.rho_units,
    )
    if denied:
        return Refuse(denied.code, denied.message, denied.next_action)
    buyers = buyer_accounts(manifest, question.buyer)
    if view.is_repeat:
        return Approve((), buyers, entitled.rho_units, 0)
    charges = charges_of_quote(manifest, question.buyer, priced)
    short = _short(charges, buyers, entitled.rho_units, view)
    return short or Approve(charges, buyers, entitled.rho_units, priced.rho_units)


def _short(
    charges: tuple[Charge, ...], buyers: tuple[str, ...], allocation: int, view: LedgerView
) -> Refuse | None:
    if view.is_reserved:
        return None
    for charge in charges:
        missing = allocation if charge.account in buyers else 0
        available = view.available.get(charge.account, missing)
        if charge.units > available:
            what = "key" if charge.account.endswith("/flooding") else "budget"
            return Refuse(
                "over-budget",
                f"{charge.account} has {available} units of its {what} left; "
                f"this job costs {charge.units}.",
                "Ask for a smaller epsilon, or ask the owner.",
            )
    return None


def _refuse(error: Refused) -> Refuse:
    return Refuse(error.code, error.message, error.next_action)
