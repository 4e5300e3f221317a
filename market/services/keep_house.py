"""What has to happen by itself: waits end, runs go on, crashes are mended. Called every second."""

from __future__ import annotations

from market.entities.job import TERMINAL, Job, State
from market.errors import Conflict
from market.services.end_job import end_job, give_back
from market.services.platform import Platform

_RECENT_SECONDS = 24 * 3_600

_WAIT_ENDED: dict[State, tuple[str, str]] = {
    "submitted": ("plan-timeout", "The plan was not built in time."),
    "planned": ("request-timeout", "The buyer's signed request did not come in time."),
    "requested": ("approval-timeout", "The owner's approval did not come in time."),
    "approved": ("evaluation-timeout", "The shares were not computed while the approval held."),
    "evaluated": ("release-timeout", "The owner's agent did not release in time."),
}


def expire_jobs(platform: Platform, *, now: int) -> None:
    """End every job whose wait has run out, and give expired reservations back."""
    for job in platform.jobs.in_states(list(_WAIT_ENDED)):
        if now >= job.deadline:
            code, message = _WAIT_ENDED[job.state]
            try:
                end_job(
                    platform,
                    job,
                    "expired",
                    code=code,
                    message=message,
                    next_action="Nothing was spent. Submit the job again.",
                    now=now,
                )
            except Conflict:
                # The job moved on between reading and ending it, which is what was hoped for.
                continue
    platform.ledger.expire(now=now)


def answer_waits(platform: Platform, answered: set[tuple[str, str]], *, now: int) -> None:
    """End the runs' waits that the jobs have outgrown.

    Args:
        answered: the (run, wait) pairs known to have ended; filled as they do.

    Raises:
        Unavailable: Airflow does not answer; the next call tries again.
    """
    for job in platform.jobs.in_states(["approved", "evaluated", *sorted(TERMINAL)]):
        if now - job.updated_at > _RECENT_SECONDS:
            continue
        for wait, go_on in _outgrown(job):
            if (job.run, wait) in answered:
                continue
            if platform.scheduler.answer(job.run, wait, go_on=go_on):
                answered.add((job.run, wait))


def _outgrown(job: Job) -> list[tuple[str, bool]]:
    if job.state in ("approved", "evaluated"):
        return [("await_signatures", True)]
    if job.state == "released":
        return [("await_signatures", True), ("await_release", True)]
    # A job that ended badly stops at the first wait its run has not passed.
    if job.platform is not None:
        return [("await_release", False)]
    return [("await_signatures", False)] if job.plan is not None else []


def mend_reservations(platform: Platform, *, now: int) -> None:
    """Give back what ended jobs still hold, after a crash between the two steps of an end."""
    for job in platform.jobs.in_states(sorted(TERMINAL - {"released"})):
        if now - job.updated_at <= _RECENT_SECONDS:
            give_back(platform, job, now=now)
