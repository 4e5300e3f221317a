"""Yes or no to one request by hand: after the same checks the agent makes, and in plain words.

`read_pending` verifies what the portal shows against the owner's own documents and returns the
text a person reads before they decide; `approve` and `refuse` sign with the owner's identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.identity import SigningKey
from market.client.http.api import PortalClient
from market.entities.job import AskedDataset
from market.entities.job_states import FACTS
from market.errors import Conflict, Refused
from market.judgement.approval import make_approval, make_refusal
from market.judgement.charges import ledger_view
from market.judgement.decide import Decision, decide
from market.judgement.joining import make_join
from market.judgement.question import QuestionInHand, Work, is_of_members, read_question
from market.plan.human import describe
from market.policy.consortia.session_words import describe_session
from market.policy.decision import Denied
from market.policy.listing.union_words import describe_union
from market.pricing.cost_words import cost_line
from market.pricing.quote import Quote
from market.vault.held import read_held
from market.vault.holdings import Holding, held_versions
from market.vault.home import AgentHome, Entropy
from market.vault.membership import Membership
from market.vault.store.opening import AgentStore


@dataclass(frozen=True, slots=True)
class Pending:
    """A verified request, what the rules say of it, and the text to show."""

    question: QuestionInHand[Holding | Membership]
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
    state = shown["state"]
    if "approval" not in FACTS[state].replies:
        raise Conflict(
            "job-state",
            f"Job {job} is {state}; it does not wait for an approval.",
            "Look at your inbox.",
        )
    datasets = tuple(
        AskedDataset(str(each["dataset"]), int(each["version"]), int(each["edition"]))
        for each in shown["datasets"]
    )
    own = _own_of(home, datasets)
    work = Work(
        job=job,
        datasets=datasets,
        own=(own,),
        state=state,
        plan=str(shown["plan"]),
        request=str(shown["request"]),
        approval=None,
        appointments=tuple(
            str(publication["appointment"])
            for asked, publication in zip(datasets, shown["publications"], strict=False)
            if asked != own
        ),
    )
    question = read_question(work, read_held(home, own))
    if isinstance(question.price, Refused):
        raise question.price
    decision = decide(question, ledger_view(store, question), now=now)
    return Pending(question, decision, _text(question, question.price))


def _own_of(home: AgentHome, datasets: Sequence[AskedDataset]) -> AskedDataset:
    """The one of a job's datasets that the agent holds; the first where it holds none."""
    held = held_versions(home)
    return next((one for one in datasets if (one.dataset, one.version) in held), datasets[0])


def _text(question: QuestionInHand[Holding | Membership], price: Quote) -> str:
    """Who asks, under what terms, what is opened, and what it costs."""
    lines = [f"Job {question.work.job}, asked by the key {question.buyer}"]
    if is_of_members(question):
        terms = question.request.session
        lines.append(
            describe_session(
                question.holding.agreement,
                price.lowered,
                is_verified=terms is not None and terms.is_verified,
                recipient=question.buyer,
            )
        )
    if (union := question.request.union) is not None:
        lines.append(describe_union(union.values, price.lattice))
    lines += [describe(price.lowered), cost_line(price)]
    return "\n".join(lines)


def approve(
    portal: PortalClient,
    home: AgentHome,
    identity: SigningKey,
    pending: Pending,
    *,
    now: int,
    entropy: Entropy,
) -> None:
    """Sign the approval and send it; of a consortium's job with the agent's joining of the session.

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
    question, job = pending.question, pending.question.work.job
    approval = make_approval(identity, question, nonce=entropy(16).hex(), now=now)
    body = {"approval": approval.encode().decode()}
    if is_of_members(question):
        body["join"] = make_join(home, question, now=now, entropy=entropy).encode().decode()
    portal.post(f"jobs/{job}/approval", body)


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
