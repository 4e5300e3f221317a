"""End a job badly: give its rho back, say why, and free its run."""

from __future__ import annotations

from collections.abc import Iterable

from market.entities.documents import Document
from market.entities.job import End, Job, JobEvent, end
from market.entities.job_states import UNAPPROVED, BadEnd
from market.entities.people import User
from market.errors import MarketError, NotPermitted, Unavailable
from market.services.authorize import asked_job
from market.services.jobs.reserve_budget import give_back
from market.services.platform import Platform


def end_job(
    platform: Platform,
    job: Job,
    state: BadEnd,
    why: End,
    *,
    now: int,
    documents: Iterable[Document] = (),
) -> Job:
    """The job, ended, and its reservations given back (`mend_reservations` repeats that after a
    crash).

    Raises:
        Conflict: the job moved on or had ended meanwhile.
    """
    ended = end(job, state, why, now=now)
    event = JobEvent(job.job, now, state, f"{why.code}: {why.message}")
    platform.jobs.save(ended, expected=job.state, event=event, documents=documents)
    give_back(platform, job, now=now)
    return ended


def end_with(platform: Platform, job: Job, error: MarketError, *, now: int) -> Job:
    """End a job with the error that stopped it: a part that was away failed it, a rule refused it.

    Raises:
        Conflict: the job moved on or had ended meanwhile.
    """
    state: BadEnd = "failed" if isinstance(error, Unavailable) else "refused"
    why = End(error.code, error.message, error.next_action, error.program_says)
    return end_job(platform, job, state, why, now=now)


def cancel_job(platform: Platform, user: User, job_id: str, *, now: int) -> Job:
    """The buyer takes their job back, while nobody has approved it.

    Raises:
        NotFound: it is not theirs.
        NotPermitted: it is past the point where it can be taken back.
    """
    job = asked_job(platform, user, job_id)
    if job.state not in UNAPPROVED:
        raise NotPermitted(
            "job-under-way",
            f"Job {job_id} is {job.state}; the owner may have spent budget for it.",
            "Let it come to its end.",
        )
    why = End(
        "cancelled-by-buyer",
        f"{user.user} took the job back.",
        "Nothing was spent. Submit again when you like.",
    )
    return end_job(platform, job, "cancelled", why, now=now)
