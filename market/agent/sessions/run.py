"""One session, from the table at home to a stored reply. It runs in a thread of its own.

    read the table, wait for the slot, start the worker
    connected   debit the ledger, in one transaction with the session; then the worker is told to go
    done        seal the shares to the recipient, extend the chain of receipts, store the reply
    aborted     store a signed abort; where the ledger was debited, with the receipt of that

Whatever fails before the debit costs nothing, and the session may be begun again. After it the
session ends here one way or the other: what the store could not take at once is offered again, and
what the process did not live to store is ended by the next one (`end_interrupted`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import structlog

from crypto.canonical import Json
from crypto.errors import FormatError
from crypto.mpc.specification import Deadlines
from market.agent.failures import failure_of
from market.agent.release import SALT_BYTES
from market.agent.sessions.documents import (
    Author,
    Ending,
    abort_document,
    ending_of,
    seal_abort,
    seal_release,
)
from market.agent.sessions.inputs import read_blocks
from market.agent.sessions.prepare import Prepared, judged_anew
from market.agent.sessions.specify import UnusableRelay, specify, spoiler_of
from market.agent.sessions.worker import Worker
from market.errors import Refused, Unavailable
from market.judgement.approval import make_refusal
from market.policy.decision import denied_by
from market.vault.home import AgentHome, Entropy
from market.vault.sessions import forget_identity
from market.vault.store.opening import AgentStore
from market.vault.store.sessions import (
    Run,
    charged_sessions,
    commit_charge,
    commit_charged_abort,
    commit_free_abort,
    commit_joint_release,
)
from market.vault.store.spending import commit_refusal

_LOG = structlog.get_logger("market.agent")
_AGAIN_SECONDS = 5
_LOOK_SECONDS = 0.5
_WORKER_LOST = ("share", "worker-lost", "the process that computed has ended without a word")
_RESTARTED = Ending(
    "share", "", "member-restarted", "the agent, or its store, failed while members computed"
)


@dataclass(frozen=True, slots=True)
class Means:
    """What a session needs beside its documents.

    Attributes:
        now: the time in Unix seconds.
        deadlines: of the worker; all members' agents have the same.
    """

    home: AgentHome
    store: AgentStore
    entropy: Entropy
    now: Callable[[], float]
    deadlines: Deadlines

    def author(self) -> Author:
        """Who signs what the session leaves."""
        salt = self.entropy(SALT_BYTES).hex()
        return Author(self.home.signing_key(), salt, int(self.now()))


def run_session(
    means: Means,
    prepared: Prepared,
    *,
    starts_at: Callable[[], float],
    stop: threading.Event,
) -> None:
    """Take part in one session and store what comes of it.

    Args:
        starts_at: asked once the table is read: when the worker starts, in Unix seconds.
        stop: set when the agent is to end: a session that was not charged is then left, and begun
            again by the next process.

    Raises:
        Unavailable: the home or store failed before the charge; the session may be begun again.
    """
    try:
        session = specify(means.home, prepared, means.deadlines)
    except FormatError as error:
        # The same documents will not do the next time either: all are told whose they are.
        spoiled = Ending("specify", spoiler_of(prepared), "joining-unusable", str(error))
        _end_free(means, prepared, spoiled)
        return
    except UnusableRelay as error:
        # Nobody's but the platform's doing; every member was told the same.
        _end_free(means, prepared, Ending("specify", "", error.code, error.message))
        return
    try:
        blocks = read_blocks(means.home, prepared)
    except Refused as error:
        _refuse(means, prepared, error)
        return
    if stop.wait(max(0.0, starts_at() - means.now())):
        return
    with Worker(replace(session, blocks=len(blocks)), blocks) as worker:
        _Taking(means, prepared, worker, stop).take_part()


def end_interrupted(means: Means, running: frozenset[str] = frozenset()) -> int:
    """End the charged sessions of jobs that nobody computes any more; how many.

    Of a process that ended, and of one whose store failed right after it had taken the charge in.
    """
    interrupted = [run for run in charged_sessions(means.store) if run.asked.job not in running]
    for run in interrupted:
        _end_charged(means, run, _RESTARTED)
    return len(interrupted)


class _Taking:
    """A session whose worker runs."""

    def __init__(
        self, means: Means, prepared: Prepared, worker: Worker, stop: threading.Event
    ) -> None:
        self._means = means
        self._prepared = prepared
        self._worker = worker
        self._stop = stop
        self._is_charged = False
        self._is_over = threading.Event()

    def take_part(self) -> None:
        """Heed the worker until the session is over and its reply stored."""
        threading.Thread(target=self._heed_stop, name="stop", daemon=True).start()
        try:
            ending = self._ending()
        except Exception as error:
            # Before the charge it may be begun again; after it, it has to end.
            if not self._is_charged:
                raise
            failure = failure_of(error)
            ending = Ending("deliver", self._own, failure.code, failure.message)
        finally:
            self._is_over.set()
        if ending is not None:
            self._end(ending)

    @property
    def _own(self) -> str:
        return self._prepared.question.holding.agent

    def _ending(self) -> Ending | None:
        """Why the session gave no result; None where it is over, or was left."""
        for event in self._worker.events():
            match event["event"]:
                case "connected":
                    if not self._charge():
                        return None
                    self._worker.go()
                case "done":
                    self._release(event)
                    return None
                case "aborted":
                    agreement = self._prepared.question.holding.agreement
                    return ending_of(agreement, self._own, event)
        stage, code, reason = _WORKER_LOST
        return Ending(stage, self._own, code, reason)

    def _charge(self) -> bool:
        """Debit before a share can leave; False where a rule says no, which is the reply."""
        means, prepared, now = self._means, self._prepared, int(self._means.now())
        try:
            allowed = judged_anew(means.home, means.store, prepared, now=now).allowed
            nonce = prepared.approval.nonce
            commit_charge(means.store, prepared.run, allowed, approval_nonce=nonce, now=now)
        except Refused as error:
            _refuse(means, prepared, error)
            return False
        self._is_charged = True
        _LOG.info("charged", job=prepared.job, rho_units=prepared.approve.rho_units)
        return True

    def _release(self, event: dict[str, Json]) -> None:
        means, prepared = self._means, self._prepared
        seal = partial(seal_release, means.author(), prepared, event["shares"])
        _stored(lambda: commit_joint_release(means.store, prepared.run, seal), self._stop)
        _forget(means, prepared.run)
        _LOG.info(
            "computed",
            job=prepared.job,
            bytes_sent=event["bytes_sent"],
            cpu_milliseconds=event["cpu_milliseconds"],
        )

    def _end(self, ending: Ending) -> None:
        means, prepared = self._means, self._prepared
        if self._is_charged:
            _stored(lambda: _end_charged(means, prepared.run, ending), self._stop)
            _log_aborted(prepared, ending)
        elif not self._stop.is_set():
            # Else it is left, and begun again by the next process.
            _end_free(means, prepared, ending)

    def _heed_stop(self) -> None:
        """Let a session that was not charged end with the agent."""
        while not self._is_over.wait(_LOOK_SECONDS):
            if self._stop.is_set() and not self._is_charged:
                self._worker.stop()
                return


def _end_free(means: Means, prepared: Prepared, ending: Ending) -> None:
    document = abort_document(means.author(), prepared.run, ending)
    commit_free_abort(means.store, prepared.run.asked, document, now=int(means.now()))
    _forget(means, prepared.run)
    _log_aborted(prepared, ending)


def _log_aborted(prepared: Prepared, ending: Ending) -> None:
    _LOG.warning(
        "session aborted",
        job=prepared.job,
        stage=ending.stage,
        code=ending.code,
        message=ending.message,
    )


def _end_charged(means: Means, run: Run, ending: Ending) -> None:
    seal = partial(seal_abort, means.author(), run, ending)
    commit_charged_abort(means.store, run, seal)
    _forget(means, run)


def _stored(step: Callable[[], None], stop: threading.Event) -> None:
    """Store what must not be lost, again and again while the disk is full or the store away."""
    while True:
        try:
            step()
            return
        except Exception as error:
            failure = failure_of(error)
            if not isinstance(failure, Unavailable):
                raise
            _LOG.warning("not stored yet", code=failure.code, next_action=failure.next_action)
        if stop.wait(_AGAIN_SECONDS):
            return


def _forget(means: Means, run: Run) -> None:
    """The key of a session that is over; what cannot be removed now is when its time is up."""
    with suppress(OSError):
        forget_identity(means.home, run.asked.request_hash)


def _refuse(means: Means, prepared: Prepared, error: Refused) -> None:
    """Nothing was charged, and a rule says no: the reply is a refusal."""
    question = prepared.question
    now = int(means.now())
    refusal = make_refusal(means.home.signing_key(), question, denied_by(error), now=now)
    commit_refusal(means.store, prepared.run.asked, refusal.encode().decode(), now=now)
    _forget(means, prepared.run)
    _LOG.info("refused", job=prepared.job, code=error.code)
