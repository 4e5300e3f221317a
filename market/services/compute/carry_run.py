"""The steps of a job that its run in Airflow calls, by the run's name."""

from __future__ import annotations

from market.entities.job import Job
from market.errors import NotFound
from market.policy.submission.submission import Submission
from market.services.compute.evaluate_job import evaluate_job
from market.services.compute.plan_job import plan_job
from market.services.compute.seal_job import seal_job
from market.services.platform import Platform
from market.services.submit.take_in_run import take_in_run


def plan_run(platform: Platform, run: str, user: str, submission: Submission, *, now: int) -> Job:
    """Find or make the run's job and plan it; what its form holds cannot make this fail.

    Raises:
        NotFound: whoever triggered the run is not a user here, so there is nobody to tell.
    """
    buyer = platform.people.user(user)
    job = take_in_run(platform, buyer, run=run, submission=submission, now=now)
    return plan_job(platform, job, now=now)


def seal_run(platform: Platform, run: str, *, now: int) -> Job:
    """Seal the run's session; a job that has ended meanwhile is returned as it is.

    Raises:
        NotFound: `no-job`: the run was never taken in. Conflict: it has no approval yet.
    """
    job = _taken_in(platform, run)
    return job if job.is_terminal else seal_job(platform, job, now=now)


def evaluate_run(platform: Platform, run: str, *, now: int, tries_left: int) -> Job:
    """Evaluate the run's job; one that has ended meanwhile is returned as it is.

    Raises:
        NotFound: `no-job`: the run was never taken in. Conflict: it has no approval yet.
        Unavailable: what may pass has stopped it, and there are `tries_left`.
    """
    job = _taken_in(platform, run)
    if job.is_terminal:
        return job
    return evaluate_job(platform, job, now=now, tries_left=tries_left)


def _taken_in(platform: Platform, run: str) -> Job:
    job = platform.jobs.find_run(run)
    if job is None:
        raise NotFound("no-job", f"Run {run} has no job.", "Submit it again.")
    return job
