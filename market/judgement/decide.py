"""Yes, no, or the owner's to decide: a pure function of plan, policy and ledger.

The order of the rules is fixed, so that a refusal says the same whoever asks it: times, standing,
version, edition, price, nonce, entitlement, policy, budget, key.
"""

from __future__ import annotations

from market.errors import Refused
from market.judgement.charges import buyers_accounts
from market.judgement.held import Held
from market.judgement.question import QuestionInHand
from market.policy.budget.admission import admission
from market.policy.budget.budget import over_budget
from market.policy.budget.repeats import payers
from market.policy.budget.verdict import Approve, ByHand, LedgerView
from market.policy.clock import check_time
from market.policy.decision import Denied, denied_by
from market.pricing.opening import newly
from market.pricing.quote import Quote

Decision = Approve | ByHand | Denied


def decide(question: QuestionInHand[Held], view: LedgerView, *, now: int) -> Decision:
    """Whether a question is approved, at `now` in Unix seconds."""
    request = question.request
    late = check_time(request.created_at, request.expires_at, reader="the agent", now=now)
    if late:
        return late
    if denied := question.holding.refusal() or question.holding.outdated():
        return denied
    verdict = judge(question, view, now=now)
    if isinstance(verdict, Approve) and question.holding.policy.approval == "manual":
        return ByHand(verdict)
    return verdict


def verdict_ends_at(question: QuestionInHand[Held], *, now: int) -> int:
    """When the time alone may next change what `decide` says of a question that waits for its
    owner: the end of its request, or of a grant to its buyer; in Unix seconds."""
    ends = (question.request.expires_at, *question.holding.entitlement_ends(question.buyer))
    return min(end for end in ends if end > now)


def judge(question: QuestionInHand[Held], view: LedgerView, *, now: int) -> Approve | Denied:
    """Every rule but the request's time: asked at approval and, again, at release."""
    if denied := question.holding.refusal():
        return denied
    if isinstance(question.price, Refused):
        return denied_by(question.price)
    if question.mismatch:
        return Denied(
            "request-invalid",
            f"The request is not for what this agent holds: {question.mismatch}.",
            "Look at the dataset again and sign the job again.",
        )
    if view.spent_by not in (None, question.request_hash):
        return Denied(
            "nonce-spent",
            "Another request was answered under this nonce.",
            "Sign the job again: the client draws a fresh nonce.",
        )
    return _priced(question, question.price, view, now=now)


def _priced(
    question: QuestionInHand[Held], priced: Quote, view: LedgerView, *, now: int
) -> Approve | Denied:
    holding = question.holding
    entitled = holding.entitled(question.buyer, now=now)
    if isinstance(entitled, Denied):
        return entitled
    if denied := admission(holding.policy, priced.lowered, priced.rho_units, priced.lattice):
        return denied
    if denied := holding.unfit(priced.lowered, question.request):
        return denied
    charged = payers(holding.charged, question.buyer, holding.key_accounts)
    approve = Approve(
        # What others have is judged as if it were new: a yes for less would tell that they have it.
        cost=charged.hold(priced.opening, view.had),
        payers=charged,
        buyer_accounts=buyers_accounts(holding, question.buyer),
        allocation=entitled.rho_units,
        rho_units=newly(priced.opening, view.had.own).rho_units,
        delta=holding.policy.delta,
    )
    return _short(approve, view) or approve


def _short(approve: Approve, view: LedgerView) -> Denied | None:
    if view.is_reserved:
        return None
    for charge in approve.cost.whole:
        missing = approve.allocation if charge.account in approve.buyer_accounts else 0
        available = view.available.get(charge.account, missing)
        if charge.units > available:
            return over_budget(charge.account, available, approve.cost, approve.delta)
    return None
