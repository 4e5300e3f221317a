"""Start the run of a job that was submitted here: at once, or as soon as Airflow takes it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Final

from market.entities.job import Job, JobEvent, OwedRun
from market.entities.job_states import OF_THE_RUN
from market.errors import MarketError, Unavailable
from market.policy.submission.asked_ids import dataset_ids_text
from market.policy.submission.submission import Submission
from market.ports.stages import RunUnanswered
from market.services.jobs.end_job import end_with
from market.services.platform import Platform

OWN_TRY_SECONDS: Final = 30
"""How long the portal that took a job in is left to start its run by itself."""


def start_submitted(platform: Platform, job: Job, user: str, *, now: int) -> None:
    """Start the run of a job that was just submitted. Whatever stops it stands on the timeline: the
    run is owed on, or the job has ended."""
    try:
        start_run(platform, job, user, now=now)
    except Unavailable as error:
        text = f"{error.message} The job's run starts by itself as soon as it can."
        # A database that is full or away takes no line either.
        with suppress(Unavailable):
            platform.jobs.note(JobEvent(job.job, now, "run-owed", text))
    except MarketError:
        return


def start_run(platform: Platform, job: Job, user: str, *, now: int) -> None:
    """Start a job's run on behalf of a user; one that was started before is left alone.

    Raises:
        Unavailable: Airflow does not answer, or has not read the form yet: the run stays owed.
        Refused, NotPermitted: it does not take the run, so the job ended with that code, which its
            page tells the buyer.
        Conflict: it does not, and the job had ended or moved on.
    """
    try:
        platform.scheduler.trigger(job.run, user, _form_of(job))
    except Unavailable:
        raise
    except MarketError as error:
        end_with(platform, job, error, now=now)
        platform.jobs.run_taken(job.job)
        raise
    platform.jobs.run_taken(job.job)


def start_owed_runs(platform: Platform, *, now: int) -> None:
    """Start what Airflow has not taken when its job was submitted, or had no time to be asked for.

    A run whose form is not ready holds up no other.

    Raises:
        Unavailable: Airflow does not answer; the next call tries again.
    """
    for owed in platform.jobs.runs_owed():
        if owed.since <= now - OWN_TRY_SECONDS:
            _start(platform, owed, now=now)


def _start(platform: Platform, owed: OwedRun, *, now: int) -> None:
    job = platform.jobs.get(owed.job)
    if job.state not in OF_THE_RUN:
        platform.jobs.run_taken(job.job)
        return
    try:
        start_run(platform, job, owed.user, now=now)
    except RunUnanswered:
        # The form may be read by the next time; the job's deadline ends it otherwise.
        return
    except Unavailable:
        raise
    except MarketError:
        return


def _form_of(job: Job) -> dict[str, str]:
    """The values of the run's form; a consortium's has no field that may be left empty."""
    ids = dataset_ids_text([asked.dataset for asked in job.datasets])
    asked = Submission(job.repository, job.commit, ids, job.epsilon)
    if job.engine == "members":
        verified = "yes" if job.is_verified else "no"
        asked = replace(asked, recipient=job.buyer, verified=verified)
    return asked.to_json()
