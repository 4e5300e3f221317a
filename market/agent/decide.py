"""Yes, no, or the owner's to decide: a pure function of plan, policy and ledger.

The order of the rules is fixed, so that a refusal says the same whoever asks it: times, standing,
version, price, nonce, entitlement, policy, budget, key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from crypto.flooding import flooding_units
from market.agent.question import Question
from market.entities.account import Charge
from market.errors import Refused
from market.policy.accounts import buyer_accounts, flooding_account
from market.policy.admission import admission
from market.policy.budget import over_budget
from market.policy.clock import check_time
from market.policy.decision import Denied
from market.policy.entitlement import entitlement
from market.policy.repeats import FREE, Cost, rho_cost
from market.policy.verdict import Approve, ByHand, LedgerView
from market.pricing.quote import Quote
from market.records.manifest import Manifest
from market.vault.holdings import Holding


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


def cost_of_quote(manifest: Manifest, buyer: str, priced: Quote) -> Cost:
    """What a first release costs: every lineage, the buyer's part of each, the key."""
    units = sum(flooding_units(output.bound, output.scale_squared) for output in priced.outputs)
    flooding = Charge(flooding_account(manifest.key_id), units)
    return replace(rho_cost(manifest, buyer, priced.rho_units), key=(flooding,))


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
    denied = admission(holding.policy, listing.schema, question.plan, priced.rho_units)
    if denied:
        return Refuse(denied.code, denied.message, denied.next_action)
    buyers = buyer_accounts(manifest, question.buyer)
    if view.novelty == "own":
        return Approve(FREE, buyers, entitled.rho_units, 0, listing.policy.delta)
    # What others have is judged as if it were new: a yes for less would tell that they have it.
    cost = cost_of_quote(manifest, question.buyer, priced)
    approve = Approve(cost, buyers, entitled.rho_units, priced.rho_units, listing.policy.delta)
    return _short(approve, view) or approve


def _short(approve: Approve, view: LedgerView) -> Refuse | None:
    if view.is_reserved:
        return None
    for charge in approve.cost.whole:
        missing = approve.allocation if charge.account in approve.buyer_accounts else 0
        available = view.available.get(charge.account, missing)
        if charge.units > available:
            denied = over_budget(charge.account, available, approve.cost, approve.delta)
            return Refuse(denied.code, denied.message, denied.next_action)
    return None


def _refuse(error: Refused) -> Refuse:
    return Refuse(error.code, error.message, error.next_action)
