"""The answer to one job: an approval, a refusal, a release, or none yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import structlog

from crypto.errors import CryptoError
from market.agent.failures import Failures
from market.agent.pauses import Pauses, Revision
from market.agent.release import (
    Computed,
    commit_computed,
    compute_release,
)
from market.client.api import PortalClient
from market.entities.job_states import FACTS
from market.errors import Refused
from market.judgement.approval import make_approval, make_refusal
from market.judgement.charges import asked_of, ledger_view
from market.judgement.decide import decide, verdict_ends_at
from market.judgement.question import Distrusted, QuestionInHand, Work, read_question
from market.policy.decision import Denied, denied_by
from market.policy.one_of_each import MoreThanOne, one_dataset
from market.policy.verdict import Approve, ByHand
from market.records.manifest import Chunk
from market.vault.home import AgentHome, Entropy
from market.vault.revision import VerifiedHoldings, holding_revision
from market.vault.store.opening import AgentStore
from market.vault.store.replies import find_replies
from market.vault.store.spending import Allowed, commit_approval, commit_refusal

_LOG = structlog.get_logger("market.agent")

_NOT_THE_BUYERS = frozenset(
    {
        "agent-unreconciled",
        "publication-unconfirmed",
        "holding-damaged",
        "key-locked",
        "chunk-altered",
        "object-too-large",
    }
)
"""Refusals about this agent or the platform: the operator mends them, the job goes on waiting."""

_BEYOND_ENGINE = Denied(
    "engine-refused",
    "The plan lies outside what the engine computes exactly.",
    "Nothing was spent. Ask another question, or show the owner the plan.",
)


@dataclass(frozen=True, slots=True)
class Agent:
    """One running agent.

    Attributes:
        failures: what was told already.
        pauses: the lines of work that need no second look yet.
        holdings: what the owner signed, as long as it is the same.
    """

    home: AgentHome
    store: AgentStore
    portal: PortalClient
    entropy: Entropy
    failures: Failures = field(default_factory=Failures)
    pauses: Pauses = field(default_factory=Pauses)
    holdings: VerifiedHoldings = field(default_factory=VerifiedHoldings)

    def revision(self, work: Work) -> Revision:
        """What a job is judged by, as it is now."""
        holdings = tuple(holding_revision(self.home, own.dataset) for own in work.own)
        return Revision(holdings, self.store.revision.now())


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """The portal has acknowledged this job's reply and yet asks for it."""

    job: str


Considered = Computed | AskedAgain | None
"""None: the reply is committed, or the job waits: for its owner, or for another attempt."""


def consider(agent: Agent, work: Work, *, now: int) -> Considered:
    """Commit the reply to one job, unless there is one; a release is only computed.

    Raises:
        MarketError: the job cannot be answered now, or must not be.
    """
    # Before anything is read: what changes while this job is judged is seen at the next poll.
    seen = agent.revision(work)
    if agent.pauses.cover(work, seen, now=now):
        return None
    replies = find_replies(agent.store, work.job)
    wanted = FACTS[work.state].replies
    if found := [replies[kind] for kind in wanted if kind in replies]:
        return AskedAgain(work.job) if any(reply.outcome for reply in found) else None
    with _paused_by_failure(agent, work, seen, now=now):
        own = one_dataset(work.own)
        holding = agent.holdings.get(agent.home, own.dataset, own.version)
        question = read_question(work, holding)
        answered = _answer(agent, question, now=now)
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
    except (Distrusted, MoreThanOne, CryptoError):
        agent.pauses.distrust(work, seen, now=now)
        raise
    except Exception:
        agent.pauses.try_later(work, seen, now=now)
        raise


def _answer(agent: Agent, question: QuestionInHand, *, now: int) -> Computed | ByHand | None:
    """Commit a reply to a question; a rule that says no is answered as a refusal, once."""
    try:
        if "release" in FACTS[question.work.state].replies:
            fetch = partial(_fetch, agent.portal)
            return compute_release(agent.home, agent.store, question, fetch, now=now)
        return _answer_request(agent, question, now=now)
    except Refused as error:
        _refuse_unless_ours(agent, question, error, now=now)
    except CryptoError as error:
        _refuse_beyond_engine(agent, question, error, now=now)
    return None


def finish(agent: Agent, computed: Computed, *, now: int) -> None:
    """Commit a computed release, or the refusal if the budget is gone by now.

    Raises:
        MarketError: neither can be committed now.
    """
    question = computed.question
    work = question.work
    with _paused_by_failure(agent, work, agent.revision(work), now=now):
        try:
            commit_computed(agent.home, agent.store, computed, now=now, entropy=agent.entropy)
        except Refused as error:
            _refuse_unless_ours(agent, question, error, now=now)
        except CryptoError as error:
            _refuse_beyond_engine(agent, question, error, now=now)
        else:
            _LOG.info("released", job=question.work.job, plan=question.plan_hash[:12])


def _answer_request(agent: Agent, question: QuestionInHand, *, now: int) -> ByHand | None:
    agent.store.check_reconciled()
    asked = asked_of(question)
    decision = decide(question, ledger_view(agent.store, question), now=now)
    if isinstance(decision, Denied):
        _refuse(agent, question, decision, now=now)
    elif isinstance(decision, Approve):
        nonce = agent.entropy(16).hex()
        approval = make_approval(agent.home.signing_key(), question, nonce=nonce, now=now)
        allowed = Allowed(asked, decision, approval.record.expires_at)
        commit_approval(agent.store, allowed, approval.encode().decode(), now=now)
        _LOG.info("approved", job=asked.job, rho_units=decision.rho_units)
    else:
        if agent.failures.is_new(asked.job, "by-hand"):
            _LOG.info("waits for the owner", job=asked.job, command=f"market approve {asked.job}")
        return decision
    return None


def _refuse_unless_ours(
    agent: Agent, question: QuestionInHand, error: Refused, *, now: int
) -> None:
    """Tell the buyer, unless the reason lies with this agent or the platform (raises `error`)."""
    if isinstance(error, Distrusted) or error.code in _NOT_THE_BUYERS:
        raise error
    _refuse(agent, question, denied_by(error), now=now)


def _refuse_beyond_engine(
    agent: Agent, question: QuestionInHand, error: CryptoError, *, now: int
) -> None:
    """The engine's bounds hold, whatever a buyer signed: said once, not computed at every poll."""
    _LOG.warning("engine refused", job=question.work.job, message=str(error))
    _refuse(agent, question, _BEYOND_ENGINE, now=now)


def _refuse(agent: Agent, question: QuestionInHand, denied: Denied, *, now: int) -> None:
    refusal = make_refusal(agent.home.signing_key(), question, denied, now=now)
    asked = asked_of(question)
    commit_refusal(agent.store, asked, refusal.encode().decode(), now=now)
    _LOG.info("refused", job=asked.job, code=denied.code)


def _fetch(portal: PortalClient, chunk: Chunk) -> bytes:
    return portal.download(chunk.key, limit_bytes=chunk.size_bytes)
