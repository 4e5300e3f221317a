"""Yes or no to one request by hand: after the same checks the agent makes, and in plain words.

`read_pending` verifies what the portal shows against the owner's own documents and returns the
text a person reads before they decide; `approve` and `refuse` sign with the owner's identity.
"""

from __future__ import annotations

from dataclasses import dataclass

from crypto.identity import SigningKey
from market.agent.approval import make_approval, make_refusal
from market.agent.decide import Decision, Refuse, decide
from market.agent.question import Question, Work, read_question
from market.agent.release import accounts_of, asked_of
from market.client.api import PortalClient
from market.errors import Conflict, Refused
from market.plan.human import describe
from market.pricing.quote import cost_line
from market.vault.holdings import Holding, read_holding
from market.vault.home import AgentHome, Entropy
from market.vault.store.opening import AgentStore
from market.vault.store.spending import view


@dataclass(frozen=True, slots=True)
class Pending:
    """A verified request, what the agent's rules say of it, and the text to show."""

    question: Question
    holding: Holding
    decision: Decision
    text: str


def read_pending(
    portal: PortalClient, home: AgentHome, store: AgentStore, job: str, *, now: int
) -> Pending:
    """Fetch one requested job and verify it.

    Raises:
        Conflict: the job does not wait for an approval.
        Distrusted: what the portal shows is not what the buyer signed.
        Refused: the plan cannot be priced.
    """
    shown = portal.get(f"jobs/{job}")
    if shown["state"] != "requested":
        raise Conflict(
            "job-state",
            f"Job {job} is {shown['state']}; it does not wait for an approval.",
            "Look at your inbox.",
        )
    work = Work(
        job=job,
        dataset=str(shown["dataset"]),
        version=int(shown["version"]),
        state="requested",
        plan=str(shown["plan"]),
        request=str(shown["request"]),
        approval=None,
    )
    holding = read_holding(home, work.dataset, work.version)
    question = read_question(work, holding)
    if isinstance(question.price, Refused):
        raise question.price
    seen = view(store, asked_of(question, holding), accounts_of(question, holding))
    decision = decide(question, holding, seen, now=now)
    schema = holding.listing.record.schema
    asker = f"Job {job}, asked by the key {question.buyer}"
    text = "\n".join((asker, describe(question.plan, schema), cost_line(question.price)))
    return Pending(question, holding, decision, text)


def approve(
    portal: PortalClient, identity: SigningKey, pending: Pending, *, now: int, entropy: Entropy
) -> None:
    """Sign the approval and send it.

    Raises:
        Refused: `owner-key` when `identity` did not sign the listing; what a rule says.
    """
    if identity.public.hex != pending.holding.owner_key:
        raise Refused(
            "owner-key",
            "The identity here is not the one that published the dataset.",
            "Use the client home the dataset was published from.",
        )
    if isinstance(pending.decision, Refuse):
        raise pending.decision.error()
    approval = make_approval(
        identity, pending.question, pending.holding, nonce=entropy(16).hex(), now=now
    )
    job = pending.question.work.job
    portal.post(f"jobs/{job}/approval", {"approval": approval.encode().decode()})


def refuse(
    portal: PortalClient, identity: SigningKey, pending: Pending, *, reason: str, now: int
) -> None:
    """Sign a refusal and send it; `reason` is what the buyer reads."""
    refusal = make_refusal(
        identity,
        pending.question,
        code="owner-refused",
        message=reason.strip()[:400] or "The owner refused the request.",
        next_action="Nothing was spent. Write to the owner.",
        now=now,
    )
    job = pending.question.work.job
    portal.post(f"jobs/{job}/refusal", {"refusal": refusal.encode().decode()})
