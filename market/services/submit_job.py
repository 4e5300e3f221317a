"""Take a job in from the portal or the command line, and start its run."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from market.entities.job import Job, JobEvent
from market.entities.limits import JobsAdmitted
from market.entities.people import User
from market.errors import MarketError, Refused
from market.policy.submission import Submission
from market.services.askable import Askable, askable, own_consortium
from market.services.end_job import end_with
from market.services.limits import limits_of
from market.services.platform import Platform


def submit_job(platform: Platform, user: User, submission: Submission, *, now: int) -> Job:
    """Create a job and start its run in Airflow, on the user's behalf.

    Raises:
        NotPermitted, Refused, NotFound: see `new_job`.
        Unavailable: Airflow does not answer; the job ended with that code.
    """
    run = _new_run(platform, user, submission)
    job = new_job(platform, user, run=run, submission=submission, now=now)
    try:
        platform.scheduler.trigger(run, user.user, _form_of(job, submission))
    except MarketError as error:
        end_with(platform, job, error, now=now)
        raise
    return job


def _new_run(platform: Platform, user: User, submission: Submission) -> str:
    """In the DAG of the consortium that is asked, or in that of the user's organisation."""
    run_id = "market__" + platform.entropy(8).hex()
    consortium = own_consortium(platform, user, submission.datasets)
    if consortium is None:
        return platform.scheduler.run_of(user.organisation, run_id)
    return platform.scheduler.run_of_consortium(consortium.consortium, consortium.number, run_id)


def _form_of(job: Job, submission: Submission) -> dict[str, str]:
    """The values of the run's form; a consortium's has no field that may be left empty."""
    asked = submission.normal()
    if job.engine == "members":
        verified = "yes" if job.is_verified else "no"
        asked = replace(asked, recipient=job.buyer, verified=verified)
    return asked.to_json()


def new_job(platform: Platform, user: User, *, run: str, submission: Submission, now: int) -> Job:
    """The job of a run: stored, or found if the run had been seen before.

    Raises:
        NotPermitted: the user may not ask, or has not registered an identity key.
        Refused: a value of the form is malformed, what is asked takes no jobs now, or the user may
            not ask it.
        TooMany: their organisation has as many jobs as it may.
        NotFound: there is no such dataset.
    """
    asked = submission.normal()
    platform.plans.check_address(asked.repository)
    what = askable(platform, user, asked, now=now)
    _require_own_form(platform, run, what)
    job = submitted(run, asked, what, now=now, deadline=now + platform.waits.plan_seconds)
    most = limits_of(platform, job.organisation)
    within = JobsAdmitted(most.jobs_under_way, most.jobs_a_day, now)
    stored = platform.jobs.add(job, within=within)
    if stored == job:
        note_submission(platform, job, user)
    return stored


def _require_own_form(platform: Platform, run: str, what: Askable) -> None:
    """That a consortium is asked in its own newest agreement's form, whose runs its members alone
    see (raises Refused)."""
    if what.engine == "ciphertext":
        return
    _, _, name = run.partition("/")
    (asked,) = what.datasets
    if run != platform.scheduler.run_of_consortium(asked.dataset, asked.version, name):
        raise Refused(
            "form-superseded",
            f"{asked.dataset} is asked in the form of its agreement {asked.version}.",
            "Submit in that form, or with `market submit`.",
        )


def submitted(run: str, asked: Submission, what: Askable, *, now: int, deadline: int) -> Job:
    """A run's job in its first state, not stored yet."""
    return Job(
        job=job_of_run(run),
        run=run,
        organisation=what.recipient.organisation,
        buyer=what.recipient.user,
        buyer_key=what.recipient.identity_key,
        datasets=what.datasets,
        parties=what.parties,
        repository=asked.repository,
        commit=asked.commit,
        epsilon=asked.epsilon,
        state="submitted",
        created_at=now,
        updated_at=now,
        deadline=deadline,
        engine=what.engine,
        is_verified=what.is_verified,
    )


def note_submission(platform: Platform, job: Job, by: User) -> None:
    """The first line of a job's timeline."""
    whom = "" if by.user == job.buyer else f", for {job.buyer}"
    text = f"{by.user} submitted the job{whom}."
    platform.jobs.note(JobEvent(job.job, job.created_at, "submitted", text))


def job_of_run(run: str) -> str:
    """The id of a run's job, whether or not it has been taken in."""
    return "job-" + hashlib.sha256(run.encode()).hexdigest()[:12]
