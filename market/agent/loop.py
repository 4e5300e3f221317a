"""Ask the portal, decide, release, and answer in fixed time slots.

    collect   read the list of work; commit approvals, refusals and releases to the store
    send      what is committed and not acknowledged leaves, as the exact bytes in the store

Replies leave at multiples of `slot_seconds` only: how long a decision, a replay or a noise sample
took cannot be read off a reply. The portal being down, or answering nonsense, ends nothing: the
agent says so and asks again. No line of the log holds a secret, a share or a noise value.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import structlog

from crypto.errors import CryptoError
from market.agent.approval import make_approval, make_refusal
from market.agent.decide import Approve, Refuse, decide
from market.agent.holdings import read_holding
from market.agent.home import AgentHome, Entropy, sole_agent
from market.agent.question import Distrusted, Question, Work, read_question, read_work
from market.agent.release import accounts_of, asked_of, release
from market.agent.store.opening import AgentStore
from market.agent.store.replies import (
    DELIVERED,
    Reply,
    ReplyKind,
    close_reply,
    find_replies,
    reopen_releases,
    waiting_replies,
)
from market.agent.store.spending import (
    commit_approval,
    commit_refusal,
    expire_reservations,
    view,
)
from market.client.api import PortalClient
from market.errors import MarketError, Refused, Unavailable
from market.log import log_context
from market.records.manifest import Chunk

_LOG = structlog.get_logger("market.agent")


@dataclass(frozen=True, slots=True)
class Agent:
    """One running agent. `said` holds what was logged already, so that polling does not repeat."""

    home: AgentHome
    store: AgentStore
    portal: PortalClient
    entropy: Entropy
    said: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and waiting, given from outside."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


def run(
    agent: Agent,
    *,
    poll_seconds: int,
    slot_seconds: int,
    clock: Clock,
    should_stop: Callable[[], bool],
) -> None:
    """Work until told to stop.

    Raises:
        Refused: `agent-unreconciled`: a restored agent does not work.
        Conflict: `agent-running`: another process works from this directory.
    """
    agent.store.check_reconciled()
    with sole_agent(agent.home):
        _LOG.info("agent started", agent=agent.home.signing_key().public.fingerprint())
        reopen_releases(agent.store)
        while not should_stop():
            asked_again = collect(agent, now=int(clock.now()))
            if asked_again or waiting_replies(agent.store):
                clock.sleep(until_slot(clock.now(), slot_seconds))
                send(agent, asked_again)
            clock.sleep(poll_seconds)


def until_slot(now: float, slot_seconds: int) -> float:
    """Seconds to the next multiple of `slot_seconds`; a full slot when now is one."""
    return slot_seconds - now % slot_seconds


def collect(agent: Agent, *, now: int) -> frozenset[str]:
    """Decide about every job that waits for this agent, and commit the replies.

    Returns:
        Jobs whose reply the portal has acknowledged and yet asks for again.
    """
    expire_reservations(agent.store, now=now)
    try:
        lines = _list_of_work(agent.portal)
    except MarketError as error:
        _once(agent, "portal", error)
        return frozenset()
    agent.said.difference_update({pair for pair in agent.said if pair[0] == "portal"})
    asked_again: set[str] = set()
    for line in lines:
        try:
            work = read_work(line)
            with log_context(job=work.job):
                if _consider(agent, work, now=now):
                    asked_again.add(work.job)
        except MarketError as error:
            # A rule, a damaged document or an unreachable chunk stops this job, not the others.
            _once(agent, str(line.get("job"))[:40], error)
        except CryptoError as error:
            # The engine's bounds hold, whatever a buyer signed and a platform forwarded.
            refused = Refused("engine-refused", f"{error}.", "Look at the job's plan.")
            _once(agent, str(line.get("job"))[:40], refused)
    return frozenset(asked_again)


def send(agent: Agent, asked_again: frozenset[str] = frozenset()) -> None:
    """Send what waits, and again what the portal asks for again, oldest first."""
    replies = {reply.reply: reply for reply in waiting_replies(agent.store)}
    for job in asked_again:
        replies.update({reply.reply: reply for reply in find_replies(agent.store, job).values()})
    for number in sorted(replies):
        _send_one(agent, replies[number])


def _send_one(agent: Agent, reply: Reply) -> None:
    if reply.kind == "release":
        body = {"envelope": reply.document, "receipt": reply.receipt}
    else:
        body = {reply.kind: reply.document}
    try:
        agent.portal.post(f"jobs/{reply.job}/{reply.kind}", body)
    except Unavailable as error:
        _once(agent, "portal", error)
        return
    except ValueError:
        _once(agent, "portal", _nonsense("an answer", "no JSON"))
        return
    except MarketError as error:
        # The job ended meanwhile, or the portal does not take it; it is sent again if asked for.
        close_reply(agent.store, reply.reply, f"closed:{error.code}"[:100])
        _LOG.warning("reply not taken", job=reply.job, kind=reply.kind, code=error.code)
        return
    close_reply(agent.store, reply.reply, DELIVERED)
    _LOG.info("reply delivered", job=reply.job, kind=reply.kind)


def _consider(agent: Agent, work: Work, *, now: int) -> bool:
    """Commit the reply to one job, unless there is one; True if the portal asks for it again."""
    replies = find_replies(agent.store, work.job)
    wanted: tuple[ReplyKind, ...] = (
        ("approval", "refusal") if work.state == "requested" else ("release", "refusal")
    )
    if found := [replies[kind] for kind in wanted if kind in replies]:
        return any(reply.outcome for reply in found)
    holding = read_holding(agent.home, work.dataset, work.version)
    question = read_question(work, holding)
    try:
        if work.state == "requested":
            _answer_request(agent, question, now=now)
        else:
            _release(agent, question, now=now)
    except Distrusted:
        raise
    except Refused as error:
        if error.code in _NOT_THE_BUYERS:
            raise
        _refuse(agent, question, Refuse(error.code, error.message, error.next_action), now=now)
    return False


_NOT_THE_BUYERS = frozenset(
    {"agent-unreconciled", "holding-damaged", "key-locked", "chunk-altered", "object-too-large"}
)
"""Refusals about this agent or the platform: the operator mends them, the job goes on waiting."""


def _answer_request(agent: Agent, question: Question, *, now: int) -> None:
    agent.store.check_reconciled()
    holding = read_holding(agent.home, question.work.dataset, question.work.version)
    asked = asked_of(question, holding)
    seen = view(agent.store, asked, accounts_of(question, holding))
    decision = decide(question, holding, seen, now=now)
    if isinstance(decision, Refuse):
        _refuse(agent, question, decision, now=now)
    elif isinstance(decision, Approve):
        nonce = agent.entropy(16).hex()
        approval = make_approval(agent.home.signing_key(), question, holding, nonce=nonce, now=now)
        commit_approval(
            agent.store,
            asked,
            decision,
            approval.encode().decode(),
            now=now,
            expires_at=approval.record.expires_at,
        )
        _LOG.info("approved", job=asked.job, rho_units=decision.rho_units)
    elif (asked.job, "by-hand") not in agent.said:
        agent.said.add((asked.job, "by-hand"))
        _LOG.info("waits for the owner", job=asked.job, command=f"market approve {asked.job}")


def _release(agent: Agent, question: Question, *, now: int) -> None:
    holding = read_holding(agent.home, question.work.dataset, question.work.version)
    release(
        agent.home,
        agent.store,
        question,
        holding,
        partial(_fetch, agent.portal),
        now=now,
        entropy=agent.entropy,
    )
    _LOG.info("released", job=question.work.job, plan=question.plan_hash[:12])


def _refuse(agent: Agent, question: Question, refuse: Refuse, *, now: int) -> None:
    holding = read_holding(agent.home, question.work.dataset, question.work.version)
    refusal = make_refusal(
        agent.home.signing_key(),
        question,
        code=refuse.code,
        message=refuse.message,
        next_action=refuse.next_action,
        now=now,
    )
    asked = asked_of(question, holding)
    commit_refusal(agent.store, asked, refusal.encode().decode(), now=now)
    _LOG.info("refused", job=asked.job, code=refuse.code)


def _list_of_work(portal: PortalClient) -> list[dict[str, Any]]:
    try:
        lines = portal.get("agent/work")
    except ValueError as error:
        raise _nonsense("list of work", "no JSON") from error
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise _nonsense("list of work", "no list of jobs")
    return lines


def _nonsense(what: str, seen: str) -> Unavailable:
    return Unavailable(
        "portal-nonsense", f"The portal's {what} is {seen}.", "Look at the portal's log."
    )


def _fetch(portal: PortalClient, chunk: Chunk) -> bytes:
    try:
        return portal.download(chunk.key, limit_bytes=chunk.size_bytes)
    except (ValueError, TypeError, KeyError, httpx.InvalidURL) as error:
        raise _nonsense("address of a chunk", type(error).__name__) from error


def _once(agent: Agent, subject: str, error: MarketError) -> None:
    if (subject, error.code) in agent.said:
        return
    agent.said.add((subject, error.code))
    _LOG.warning("not now", subject=subject, code=error.code, message=error.message)
