"""The answer to one job: an approval, a refusal, a release, a session with others, or none yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from crypto.errors import CryptoError
from market.agent.agent import Agent
from market.agent.fetch_chunks import ChunkSource
from market.agent.pauses import Revision
from market.agent.refuse import refuse, refuse_beyond_engine, refuse_unless_ours
from market.agent.release import Computed, commit_computed, compute_release, judged_anew
from market.agent.sessions.prepare import Prepared, prepare_session
from market.entities.job import AskedDataset
from market.entities.job_states import FACTS
from market.errors import Refused
from market.judgement.approval import make_approval
from market.judgement.charges import asked_of, ledger_view
from market.judgement.decide import decide, verdict_ends_at
from market.judgement.joining import make_join
from market.judgement.question import (
    Distrusted,
    QuestionInHand,
    Work,
    is_of_dataset,
    is_of_members,
    read_question,
)
from market.policy.budget.verdict import Approve, ByHand
from market.policy.decision import Denied
from market.vault.holdings import Holding
from market.vault.membership import Membership
from market.vault.store.replies import find_replies
from market.vault.store.spending import Allowed, commit_approval

_LOG = structlog.get_logger("market.agent")


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """The portal has acknowledged this job's reply and yet asks for it."""

    job: str


Considered = Computed | Prepared | AskedAgain | None
"""None: the reply is committed, or the job waits: for its owner, its session, another attempt."""


def consider(agent: Agent, work: Work, chunks: ChunkSource, *, now: int) -> Considered:
    """Commit the reply to one job, unless there is one; a release is only computed, a session only
    prepared.

    Raises:
        MarketError: the job cannot be answered now, or must not be.
    """
    # Before anything is read: what changes while this job is judged is seen at the next poll.
    seen = agent.revision(work)
    if agent.pauses.cover(work, seen, now=now) or agent.sessions.is_running(work.job):
        return None
    replies = find_replies(agent.store, work.job)
    wanted = (*FACTS[work.state].replies, "abort")
    if found := [replies[kind] for kind in wanted if kind in replies]:
        return AskedAgain(work.job) if any(reply.outcome for reply in found) else None
    with _paused_by_failure(agent, work, seen, now=now):
        holding = agent.holdings.get(agent.home, _own_of(work))
        question: QuestionInHand[Holding | Membership] = read_question(work, holding)
        answered = _answer(agent, question, chunks, now=now)
    if isinstance(answered, ByHand):
        until = verdict_ends_at(question, now=now)
        agent.pauses.await_owner(work, seen, now=now, until=until)
        return None
    return answered


@contextmanager
def _paused_by_failure(agent: Agent, work: Work, seen: Revision, *, now: int) -> Iterator[None]:
    """A part of one job's answer; what fails in it goes on, and the job is not tried at once."""
    try:
        yield
    except (Distrusted, CryptoError):
        agent.pauses.distrust(work, seen, now=now)
        raise
    except Exception:
        agent.pauses.try_later(work, seen, now=now)
        raise


def _answer(
    agent: Agent,
    question: QuestionInHand[Holding | Membership],
    chunks: ChunkSource,
    *,
    now: int,
) -> Computed | Prepared | ByHand | None:
    """Commit a reply to a question; a rule that says no is answered as a refusal, once."""
    try:
        if "release" not in FACTS[question.work.state].replies:
            return _answer_request(agent, question, now=now)
        if is_of_members(question):
            return prepare_session(agent.home, agent.store, question, now=now)
        if is_of_dataset(question):
            return compute_release(agent.home, agent.store, question, chunks.fetch, now=now)
    except Refused as error:
        refuse_unless_ours(agent, question, error, now=now)
    except CryptoError as error:
        refuse_beyond_engine(agent, question, error, now=now)
    return None


def finish(agent: Agent, computed: Computed, *, now: int) -> None:
    """Commit a computed release, or the refusal if the budget is gone by now.

    Raises:
        MarketError: neither can be committed now.
    """
    question = computed.question
    work = question.work
    with _paused_by_failure(agent, work, agent.revision(work), now=now):
        holding = agent.holdings.get(agent.home, _own_of(work))
        try:
            judged = judged_anew(agent.store, computed, holding, now=now)
            commit_computed(agent.home, agent.store, judged, now=now, entropy=agent.entropy)
        except Refused as error:
            refuse_unless_ours(agent, question, error, now=now)
        except CryptoError as error:
            refuse_beyond_engine(agent, question, error, now=now)
        else:
            _LOG.info("released", job=question.work.job, plan=question.plan_hash[:12])


def _answer_request(
    agent: Agent, question: QuestionInHand[Holding | Membership], *, now: int
) -> ByHand | None:
    agent.store.check_reconciled()
    decision = decide(question, ledger_view(agent.store, question), now=now)
    if isinstance(decision, Denied):
        refuse(agent, question, decision, now=now)
    elif isinstance(decision, Approve):
        _approve(agent, question, decision, now=now)
    else:
        job = question.work.job
        if agent.failures.is_new(job, "by-hand"):
            _LOG.info("waits for the owner", job=job, command=f"market approve {job}")
        return decision
    return None


def _approve(
    agent: Agent, question: QuestionInHand[Holding | Membership], approve: Approve, *, now: int
) -> None:
    asked, nonce = asked_of(question), agent.entropy(16).hex()
    approval = make_approval(agent.home.signing_key(), question, nonce=nonce, now=now)
    join = None
    if is_of_members(question):
        made = make_join(agent.home, question, now=now, entropy=agent.entropy)
        join = made.encode().decode()
    allowed = Allowed(asked, approve, approval.record.expires_at)
    commit_approval(agent.store, allowed, approval.encode().decode(), join, now=now)
    _LOG.info("approved", job=asked.job, rho_units=approve.rho_units)


def _own_of(work: Work) -> AskedDataset:
    """The one dataset of a job that this agent answers for: an owner is asked once."""
    if len(work.own) != 1:
        raise Distrusted(work.job, f"it names {len(work.own)} datasets of this agent, expected 1")
    return work.own[0]
