"""What has to happen by itself: waits end, runs go on, crashes are mended. Called every second, by
one process at a time."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from market.entities.job import End, Job, OwedAnswer
from market.entities.job_states import OF_THE_RUN
from market.errors import Conflict
from market.ports.stages import RunUnanswered
from market.services.jobs.end_job import end_job
from market.services.jobs.reserve_budget import RESERVATIONS, give_back, job_of_reservation
from market.services.platform import Platform
from market.services.release.accept_release import release_incomplete

DUE_AT_ONCE: Final = 200
"""Jobs ended in one round; the next one goes on with the rest."""

_RECENT_SECONDS = 24 * 3_600
_RUN_SECONDS: Final = 120
"""So long a job has stood still before its run is asked after: a run is started after its job, and
Airflow takes a moment to say what became of it."""

LEASE: Final = "housekeeping"
LEASE_SECONDS: Final = 15
"""How long jobs may wait for another process when the one that looked after them has died."""


def ask_to_lead(platform: Platform, process: str, *, now: int) -> bool:
    """Whether the duties below are this process's until it asks again; they are safe to do twice
    (market/portal/decisions/0002)."""
    return platform.leases.take(LEASE, process, now=now, lease_seconds=LEASE_SECONDS)


def leave_lead(platform: Platform, process: str) -> None:
    """Leave the duties to whichever process asks next."""
    platform.leases.give_up(LEASE, process)


def tell_troubles(
    platform: Platform, process: str, troubles: Mapping[str, str], *, now: int
) -> None:
    """Have every portal know what stops the duties here: their codes, by duty."""
    platform.troubles.tell(troubles, process, now=now)


def expire_jobs(platform: Platform, *, now: int) -> None:
    """End every job whose wait has run out, and give expired reservations back."""
    for job in platform.jobs.due(now=now, limit=DUE_AT_ONCE):
        expiry = job.facts[job.state].expiry
        if expiry is None:
            continue
        why = End(expiry.code, expiry.message, expiry.next_action)
        try:
            if not release_incomplete(platform, job, now=now):
                end_job(platform, job, "expired", why, now=now)
        except Conflict:
            # The job moved on between reading and ending it, which is what was hoped for.
            continue
    platform.ledger.expire(now=now)


def end_lost_run(platform: Platform, after: str, *, now: int) -> str:
    """Ask after the run of one job, the next behind the id `after`, and end a job whose run is over
    or gone (its steps failed too often; Airflow's database is another one since a restore).

    Returns:
        the id of the job, which the next call begins behind; empty after the last.

    Raises:
        Unavailable: Airflow does not answer.
    """
    resting = platform.jobs.resting(OF_THE_RUN, since=now - _RUN_SECONDS, after=after, limit=1)
    if not resting:
        return ""
    (job,) = resting
    if any(owed.job == job.job for owed in platform.jobs.runs_owed()):
        # Its run has not begun.
        return job.job
    # One of which Airflow cannot tell holds up no other; and one that moved on between reading and
    # ending it is not lost.
    with suppress(RunUnanswered, Conflict):
        if platform.scheduler.has_ended(job.run):
            end_job(platform, job, "failed", _lost(job), now=now)
    return job.job


def _lost(job: Job) -> End:
    return End(
        "run-lost",
        f"Airflow's run {job.run} ended, or is no longer known, before the job was computed.",
        "Nothing was spent. Submit the job again; the operator finds the run's log in Airflow.",
    )


def answer_waits(platform: Platform, *, now: int) -> None:
    """End the runs' waits that the jobs have outgrown.

    An answer is owed until the run's wait has ended; one that no run has come for in a day is
    dropped. A run that cannot be answered holds up no other.

    Raises:
        RunUnanswered: the first of them, after all others; the next call tries again.
        Unavailable: Airflow does not answer; the next call tries again.
    """
    unanswered: list[RunUnanswered] = []
    for owed in platform.jobs.answers_owed():
        is_old = now - owed.since > _RECENT_SECONDS
        try:
            if is_old or _answered(platform, owed):
                platform.jobs.answer_given(owed)
        except RunUnanswered as error:
            unanswered.append(error)
    if unanswered:
        raise unanswered[0]


def _answered(platform: Platform, owed: OwedAnswer) -> bool:
    return platform.scheduler.answer(owed.run, owed.answer.wait, go_on=owed.answer.go_on)


def mend_reservations(platform: Platform, *, now: int) -> None:
    """Give back what ended jobs still hold, after a crash between the two steps of an end."""
    held = {job_of_reservation(key) for key in platform.ledger.held(RESERVATIONS)}
    for job in platform.jobs.ended_badly(held):
        give_back(platform, job, now=now)
