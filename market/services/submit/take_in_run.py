"""Take in a run that was started in Airflow: whatever its form holds, its buyer sees a job."""

from __future__ import annotations

from dataclasses import astuple

from market.entities.job import End, Job, JobEvent, end
from market.entities.people import User
from market.errors import MarketError, NotFound, NotPermitted, Refused
from market.plan.text import readable
from market.policy.submission.submission import Submission
from market.services.platform import Platform
from market.services.submit.askable import turned_away
from market.services.submit.submit_job import new_job, note_submission, submitted

_LONGEST_VALUE = 2_000


def take_in_run(
    platform: Platform, user: User, *, run: str, submission: Submission, now: int
) -> Job:
    """The job of a run: new, found again, or ended at once with the code of what refused it.

    Nothing is reserved for a job that ended so, and the same run gives the same job.
    """
    known = platform.jobs.find_run(run)
    if known is not None:
        return known
    try:
        return new_job(platform, user, run=run, submission=submission, now=now)
    except (Refused, NotFound, NotPermitted) as error:
        return _turned_away(platform, user, run, submission, error, now=now)


def _turned_away(
    platform: Platform, user: User, run: str, asked: Submission, error: MarketError, *, now: int
) -> Job:
    kept = Submission(*(readable(value[:_LONGEST_VALUE]) for value in astuple(asked)))
    what = turned_away(platform, user, kept)
    job = submitted(run, kept, what, now=now, deadline=now)
    ended = end(job, "refused", End(error.code, error.message, error.next_action), now=now)
    stored = platform.jobs.add(ended)
    if stored == ended:
        text = f"{error.code}: {error.message}"
        note_submission(platform, job, user)
        platform.jobs.note(JobEvent(job.job, now, "refused", text))
    return stored
