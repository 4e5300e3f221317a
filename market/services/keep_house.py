"""What has to happen by itself: waits end, runs go on, crashes are mended. Called every second, by
one process at a time."""

from __future__ import annotations

from typing import Final

from market.entities.job import End, Job, OwedAnswer
from market.errors import Conflict
from market.ports.stages import RunUnanswered
from market.services.accept_release import release_incomplete
from market.services.end_job import end_job
from market.services.platform import Platform
from market.services.reserve_budget import RESERVATIONS, give_back, job_of_reservation

DUE_AT_ONCE: Final = 200
"""Jobs ended in one round; the next one goes on with the rest."""

_RECENT_SECONDS = 24 * 3_600


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


def expire_jobs(platform: Platform, *, now: int) -> None:
    """End every job whose wait has run out, and give expired reservations back."""
    for job in platform.jobs.due(now=now, limit=DUE_AT_ONCE):
        expiry = job.facts[job.state].expiry
        if expiry is None:
            continue
        why = End(expiry.code, expiry.message, _after_expiry(job))
        try:
            if not release_incomplete(platform, job, now=now):
                end_job(platform, job, "expired", why, now=now)
        except Conflict:
            # The job moved on between reading and ending it, which is what was hoped for.
            continue
    platform.ledger.expire(now=now)


def _after_expiry(job: Job) -> str:
    if job.facts[job.state].given != "envelope" or len(job.parties) == 1:
        return "Nothing was spent. Submit the job again."
    if job.engine == "members":
        return "Each member's receipt says what it was charged. Submit the job again."
    return (
        "Nothing opens. Each receipt there is says what its owner's people were charged; submitted "
        "again, the same question costs those nothing more."
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
