"""Ask the portal, decide, release, and answer in fixed time slots.

    collect   read the list of work; commit approvals, refusals and releases to the store
    send      what is committed and not acknowledged leaves, as the exact bytes in the store

A round asks first and samples last: from the first noise value to the slot in which the replies
leave, nobody outside is spoken to (market.agent.slots). A round that samples nothing has nothing to
hide and answers at once. Whatever one answer or one job holds ends nothing: it is logged once, with
its code and what to do, and the round goes on. No line of the log holds a secret, a share or a
noise value.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import structlog

from market.agent.agent import Agent
from market.agent.answer import AskedAgain, consider, finish
from market.agent.chain import FORKED, send_chain
from market.agent.current import await_current
from market.agent.fetch_chunks import ChunkSource
from market.agent.release import Computed
from market.agent.sessions.begin import begin, means_of
from market.agent.sessions.prepare import Prepared
from market.agent.sessions.run import end_interrupted
from market.agent.slots import ROUND_SECONDS, allowance_seconds, leaves_at
from market.agent.stop import Stopped
from market.agent.token import days_left, ended, login_command, token_of
from market.client.http.problems import NOT_SIGNED_IN
from market.errors import MarketError, Unavailable
from market.judgement.question import Work, read_work
from market.log import log_context
from market.vault.home import sole_agent
from market.vault.sessions import forget_ended
from market.vault.store.replies import (
    DELIVERED,
    Reply,
    ReplyKind,
    close_reply,
    find_replies,
    may_leave_at_once,
    reopen_paid,
    waiting_replies,
)
from market.vault.store.spending import expire_reservations

_LOG = structlog.get_logger("market.agent")
_PORTAL = "portal"
_HOME = "home"
_SENDING = "sending"
_NAMES: Final[Mapping[ReplyKind, tuple[str, str]]] = {
    "approval": ("approval", "join"),
    "refusal": ("refusal", ""),
    "release": ("envelope", "receipt"),
    "abort": ("abort", "receipt"),
}
_TOKEN = "token"  # noqa: S105 - what a line is about


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and waiting, given from outside; `elapsed` counts the seconds of a clock that nobody
    sets."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    elapsed: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at the portal came to.

    Attributes:
        asked_again: jobs whose reply the portal has acknowledged and yet asks for again.
        sessions: those that may begin.
        sampled_since: when sampling began, if noise was sampled in it.
        allowance_seconds: what may pass from then on, by its plans alone.
    """

    asked_again: frozenset[str] = frozenset()
    sessions: tuple[Prepared, ...] = ()
    sampled_since: float | None = None
    allowance_seconds: int = ROUND_SECONDS


def run(
    agent: Agent,
    *,
    poll_seconds: int,
    slot_seconds: int,
    clock: Clock,
    should_stop: Callable[[], bool],
) -> None:
    """Work until told to stop, by `should_stop` or by Stopped out of a wait.

    Nothing is done before the portal has shown that no receipt is missing here.

    Raises:
        Refused: `agent-unreconciled`: an agent that was restored or put back does not work.
        Conflict: `agent-running`: another process works from this directory.
    """
    agent.store.check_reconciled()
    with sole_agent(agent.home.path), suppress(Stopped):
        _LOG.info("agent started", agent=agent.home.signing_key().public.fingerprint())
        if not await_current(
            agent, pause=partial(clock.sleep, poll_seconds), should_stop=should_stop
        ):
            return
        with agent.failures.logged(_HOME):
            reopen_paid(agent.store)
        try:
            while not should_stop():
                with agent.failures.logged(_HOME):
                    _round(agent, slot_seconds, clock)
                    agent.failures.forget(_HOME)
                agent.pulse.beat_at = clock.now()
                clock.sleep(poll_seconds)
        finally:
            agent.sessions.stop()


def _round(agent: Agent, slot_seconds: int, clock: Clock) -> None:
    seen_at = clock.now()
    # In this order: a session that ends in between is over, or still counts as running.
    running = agent.sessions.running()
    end_interrupted(means_of(agent, clock.now), running)
    found = collect(agent, now=int(seen_at), clock=clock)
    for prepared in found.sessions:
        begin(agent, prepared, seen_at=seen_at, slot_seconds=slot_seconds, now=clock.now)
    waiting = waiting_replies(agent.store)
    if not found.asked_again and not waiting:
        return
    if found.sampled_since is not None:
        _await_slot(found, found.sampled_since, slot_seconds, clock)
    elif found.asked_again or not all(map(may_leave_at_once, waiting)):
        _await_slot(found, seen_at, slot_seconds, clock)
    send(agent, found)


def _await_slot(found: Round, since: float, slot_seconds: int, clock: Clock) -> None:
    done_at = clock.now()
    due = leaves_at(
        since, done_at, allowance_seconds=found.allowance_seconds, slot_seconds=slot_seconds
    )
    if done_at > since + found.allowance_seconds:
        _LOG.warning(
            "replies are late",
            code="allowance-exceeded",
            allowance_seconds=found.allowance_seconds,
            leave_at=due,
            next_action="Give the agent a faster machine; nothing is lost.",
        )
    clock.sleep(due - done_at)


def collect(agent: Agent, *, now: int, clock: Clock = Clock()) -> Round:
    """Decide about every job that waits for this agent, and commit the replies.

    Args:
        now: of the round, in Unix seconds.
        clock: tells when sampling begins, and waits for a store that is away.
    """
    agent.failures.begin_round()
    expire_reservations(agent.store, now=now)
    forget_ended(agent.home, now=now)
    _warn_of_token(agent, now=now)
    lines = _list_of_work(agent)
    if lines is None:
        return Round()
    agent.failures.keep([*map(_subject, lines), _HOME, _SENDING, _TOKEN])
    chunks = ChunkSource(agent.portal, clock.sleep, clock.elapsed)
    listed: set[Work] = set()
    asked_again: set[str] = set()
    computed: list[Computed] = []
    sessions: list[Prepared] = []
    for line in lines:
        with agent.failures.logged(_subject(line)), log_context(job=_subject(line)):
            work = read_work(line)
            listed.add(work)
            outcome = consider(agent, work, chunks, now=now)
            if isinstance(outcome, AskedAgain):
                asked_again.add(outcome.job)
            elif isinstance(outcome, Computed):
                computed.append(outcome)
            elif isinstance(outcome, Prepared):
                sessions.append(outcome)
    agent.pauses.keep(listed)
    found = Round(frozenset(asked_again), tuple(sessions))
    return _sampled(agent, found, computed, now=now, since=clock.now()) if computed else found


def _sampled(
    agent: Agent, found: Round, computed: Sequence[Computed], *, now: int, since: float
) -> Round:
    """From here on nothing goes out before the slot."""
    for release in computed:
        job = release.question.work.job
        with agent.failures.logged(job), log_context(job=job):
            finish(agent, release, now=now)
    allowance = allowance_seconds(len(release.price.outputs) for release in computed)
    return replace(found, sampled_since=since, allowance_seconds=allowance)


def send(agent: Agent, found: Round = Round()) -> None:
    """Send what waits, and again what the portal asks for again, oldest first."""
    agent.store.settle()
    replies = {reply.reply: reply for reply in waiting_replies(agent.store)}
    for job in found.asked_again:
        replies.update({reply.reply: reply for reply in find_replies(agent.store, job).values()})
    sent = 0
    for number in sorted(replies):
        with agent.failures.logged(_SENDING):
            _send_one(agent, replies[number])
            sent += 1
    if sent == len(replies):
        agent.failures.forget(_SENDING)


def _send_one(agent: Agent, reply: Reply) -> None:
    try:
        agent.portal.post(f"jobs/{reply.job}/{reply.kind}", _body(reply))
    except Unavailable as error:
        if error.code == "receipt-early":
            # The next round sends it again, behind what the platform lacks.
            _close_gap(agent)
        raise
    except MarketError as error:
        if error.code == NOT_SIGNED_IN:
            raise ended(agent.home.path) from error
        _stop_if_forked(agent, error)
        # The job ended meanwhile, or the portal does not take it; it is sent again if asked for.
        close_reply(agent.store, reply.reply, f"closed:{error.code}"[:100])
        _LOG.warning("reply not taken", job=reply.job, kind=reply.kind, code=error.code)
        return
    close_reply(agent.store, reply.reply, DELIVERED)
    _LOG.info("reply delivered", job=reply.job, kind=reply.kind)


def _body(reply: Reply) -> dict[str, str]:
    """A reply as the portal takes it: the document and what goes with it, by their names."""
    document, beside = _NAMES[reply.kind]
    with_it = {beside: reply.beside} if reply.beside else {}
    return {document: reply.document} | with_it


def _close_gap(agent: Agent) -> None:
    try:
        send_chain(agent.home, agent.store, agent.portal)
    except MarketError as error:
        _stop_if_forked(agent, error)
        raise


def _stop_if_forked(agent: Agent, error: MarketError) -> None:
    """Two copies of this agent have released: neither knows what the other has spent."""
    if error.code == FORKED:
        agent.store.set_unreconciled()


def _list_of_work(agent: Agent) -> list[dict[str, Any]] | None:
    """What the portal asks for; None while it does not answer, or talks nonsense."""
    with agent.failures.logged(_PORTAL), token_of(agent.home.path):
        lines: list[dict[str, Any]] = agent.portal.get("agent/work")
        agent.failures.forget(_PORTAL)
        return lines
    return None


def _warn_of_token(agent: Agent, *, now: int) -> None:
    """Say once a day that the token ends soon."""
    with agent.failures.logged(_TOKEN):
        left = days_left(agent.home.settings(), now=now)
        if left is not None and agent.failures.is_new(_TOKEN, f"{left} days"):
            _LOG.warning(
                "access ends soon", days=left, next_action=f"Run {login_command(agent.home.path)}."
            )


def _subject(line: dict[str, Any]) -> str:
    return str(line.get("job"))[:40]
