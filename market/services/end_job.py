"""End a job badly: give its rho back, say why, and free its run."""

from __future__ import annotations

from typing import Literal

from market.entities.job import Job, JobEvent, end
from market.entities.people import User
from market.errors import Conflict, MarketError, NotFound, NotPermitted, Unavailable
from market.services.authorize import asked_job
from market.services.platform import Platform


def end_job(
    platform: Platform,
    job: Job,
    state: Literal["refused", "failed", "expired", "cancelled"],
    *,
    code: str,
    message: str,
    next_action: str,
    now: int,
    program_says: str = "",
) -> Job:
    """The job, ended, and its reservation released (`keep_house` repeats that after a crash).

    Raises:
        Conflict: the job moved on or had ended meanwhile.
    """
    ended = end(
        job,
        state,
        code=code,
        message=message,
        next_action=next_action,
        program_says=program_says,
        now=now,
    )
    platform.jobs.save(
        ended, expected=job.state, event=JobEvent(job.job, now, state, f"{code}: {message}")
    )
    give_back(platform, job, now=now)
    return ended


def end_with(platform: Platform, job: Job, error: MarketError, *, now: int) -> Job:
    """End a job with the error that stopped it."""
    return end_job(
        platform,
        job,
        "failed" if isinstance(error, Unavailable) else "refused",
        code=error.code,
        message=error.message,
        next_action=error.next_action,
        program_says=error.program_says,
        now=now,
    )


def give_back(platform: Platform, job: Job, *, now: int) -> None:
    """Release a job's reservation, if it holds one still."""
    try:
        platform.ledger.release(f"job/{job.job}", now=now)
    except (NotFound, Conflict):
        # It ended before anything was reserved, or after its debit: spent is spent.
        return


def cancel_job(platform: Platform, user: User, job_id: str, *, now: int) -> Job:
    """The buyer takes their job back, while nobody has approved it.

    Raises:
        NotFound: it is not theirs.
        NotPermitted: it is past the point where it can be taken back.
    """
    job = asked_job(platform, user, job_id)
    if job.state not in ("submitted", "planned", "requested"):
        raise NotPermitted(
            "job-under-way",
            f"Job {job_id} is {job.state}; the owner may have spent budget for it.",
            "Let it come to its end.",
        )
    return end_job(
        platform,
        job,
        "cancelled",
        code="cancelled-by-buyer",
        message=f"{user.user} took the job back.",
        next_action="Nothing was spent. Submit again when you like.",
        now=now,
    )
