"""Yes or no to one request by hand: after the same checks the agent makes, and in plain words.

`read_pending` verifies what the portal shows against the owner's own documents and returns the
text a person reads before they decide; `approve` and `refuse` sign with the owner's identity.
"""

from __future__ import annotations

from dataclasses import dataclass

from crypto.identity import SigningKey
from market.client.api import PortalClient
from market.entities.job import AskedDataset
from market.entities.job_states import FACTS
from market.errors import Conflict, Refused
from market.judgement.approval import make_approval, make_refusal
from market.judgement.charges import ledger_view
from market.judgement.decide import Decision, decide
from market.judgement.held import Held
from market.judgement.question import QuestionInHand, Work, read_question
from market.plan.human import describe
from market.policy.decision import Denied
from market.policy.one_of_each import one_dataset
from market.pricing.quote import cost_line
from market.vault.held import read_held
from market.vault.home import AgentHome, Entropy
from market.vault.store.opening import AgentStore


@dataclass(frozen=True, slots=True)
class Pending:
    """A verified request, what the rules say of it, and the text to show."""

    question: QuestionInHand[Held]
    decision: Decision
    text: str


def read_pending(
    portal: PortalClient, home: AgentHome, store: AgentStore, job: str, *, now: int
) -> Pending:
    """Fetch one requested job and verify it.

    Raises:
        Conflict: the job does not wait for an approval.
        Distrusted: what the portal shows is not what the buyer signed.
        MoreThanOne: it names several datasets, or several agents.
        Refused: the plan cannot be priced.
    """
    shown = portal.get(f"jobs/{job}")
    state = shown["state"]
    if "approval" not in FACTS[state].replies:
        raise Conflict(
            "job-state",
            f"Job {job} is {state}; it does not wait for an approval.",
            "Look at your inbox.",
        )
    datasets = tuple(
        AskedDataset(str(each["dataset"]), int(each["version"])) for each in shown["datasets"]
    )
    own = one_dataset(datasets)
    work = Work(
        job=job,
        datasets=datasets,
        own=(own,),
        state=state,
        plan=str(shown["plan"]),
        request=str(shown["request"]),
        approval=None,
    )
    question = read_question(work, read_held(home, own))
    if isinstance(question.price, Refused):
        raise question.price
    decision = decide(question, ledger_view(store, question), now=now)
    asker = f"Job {job}, asked by the key {question.buyer}"
    text = "\n".join((asker, describe(question.price.lowered), cost_line(question.price)))
    return Pending(question, decision, text)


def approve(
    portal: PortalClient, identity: SigningKey, pending: Pending, *, now: int, entropy: Entropy
) -> None:
    """Sign the approval and send it.

    Raises:
        Refused: `owner-key` when `identity` did not sign the listing; what a rule says.
    """
    if identity.public.hex != pending.question.holding.owner_key:
        raise Refused(
            "owner-key",
            "The identity here is not the one that published the dataset.",
            "Use the client home the dataset was published from.",
        )
    if isinstance(pending.decision, Denied):
        raise pending.decision.error()
    approval = make_approval(identity, pending.question, nonce=entropy(16).hex(), now=now)
    job = pending.question.work.job
    portal.post(f"jobs/{job}/approval", {"approval": approval.encode().decode()})


def refuse(
    portal: PortalClient, identity: SigningKey, pending: Pending, *, reason: str, now: int
) -> None:
    """Sign a refusal and send it; `reason` is what the buyer reads."""
    refusal = make_refusal(
        identity,
        pending.question,
        Denied(
            "owner-refused",
            reason.strip()[:400] or "The owner refused the request.",
            "Nothing was spent. Write to the owner.",
        ),
        now=now,
    )
    job = pending.question.work.job
    portal.post(f"jobs/{job}/refusal", {"refusal": refusal.encode().decode()})
