"""A refusal: a rule's no, told to the buyer once, unless the reason is none of theirs."""

from __future__ import annotations

import structlog

from crypto.errors import CryptoError
from market.agent.agent import Agent
from market.errors import Refused
from market.judgement.approval import make_refusal
from market.judgement.charges import asked_of
from market.judgement.held import Held
from market.judgement.question import Distrusted, QuestionInHand
from market.policy.decision import Denied, denied_by
from market.vault.store.spending import commit_refusal

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


def refuse_unless_ours(
    agent: Agent, question: QuestionInHand[Held], error: Refused, *, now: int
) -> None:
    """Tell the buyer, unless the reason lies with this agent or the platform (raises `error`)."""
    if isinstance(error, Distrusted) or error.code in _NOT_THE_BUYERS:
        raise error
    refuse(agent, question, denied_by(error), now=now)


def refuse_beyond_engine(
    agent: Agent, question: QuestionInHand[Held], error: CryptoError, *, now: int
) -> None:
    """The engine's bounds hold, whatever a buyer signed: said once, not computed at every poll."""
    _LOG.warning("engine refused", job=question.work.job, message=str(error))
    refuse(agent, question, _BEYOND_ENGINE, now=now)


def refuse(agent: Agent, question: QuestionInHand[Held], denied: Denied, *, now: int) -> None:
    """Give back what is held for the question, and store the refusal to send."""
    refusal = make_refusal(agent.home.signing_key(), question, denied, now=now)
    asked = asked_of(question)
    commit_refusal(agent.store, asked, refusal.encode().decode(), now=now)
    _LOG.info("refused", job=asked.job, code=denied.code)
