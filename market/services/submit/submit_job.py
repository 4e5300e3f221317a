"""Take a job in from the portal or the command line; market.services.submit.start_run runs it."""

from __future__ import annotations

import hashlib

from market.entities.job import Job, JobEvent
from market.entities.limits import JobsAdmitted
from market.entities.people import User
from market.errors import Refused
from market.policy.submission.repository_token import read_token, refuse_needless_token
from market.policy.submission.submission import Submission
from market.services.access.limits import limits_of
from market.services.platform import Platform
from market.services.submit.askable import Askable, askable, own_consortium
from market.services.submit.repository_tokens import keep_token
from market.services.submit.send_program import require_sent


def submit_job(
    platform: Platform,
    user: User,
    submission: Submission,
    *,
    now: int,
    token: str = "",
    run: str | None = None,
) -> Job:
    """Create a job whose run in Airflow is owed to the user: nobody waits for Airflow.

    Args:
        run: as it is to be called (market.services.submit.submit_once); else by chance.
        token: of a private repository, as its buyer gave it; empty for none. It is kept sealed,
            beside the job, and is no part of the run's form, which Airflow keeps in the clear.

    Raises:
        NotPermitted, Refused, NotFound, TooMany: see `new_job`; and Refused:
            `repository-token-malformed`, `repository-token-needless`.
    """
    shown = read_token(token) if token else None
    if shown is not None:
        refuse_needless_token(submission.normal().repository)
    run = run or _new_run(platform, user, submission)
    job = new_job(platform, user, run=run, submission=submission, now=now, run_owed_to=user.user)
    if shown is not None:
        keep_token(platform, job, shown)
    return job


def _new_run(platform: Platform, user: User, submission: Submission) -> str:
    """In the DAG of the consortium that is asked, or in that of the user's organisation."""
    run_id = "market__" + platform.entropy(8).hex()
    consortium = own_consortium(platform, user, submission.datasets)
    if consortium is None:
        return platform.scheduler.run_of(user.organisation, run_id)
    return platform.scheduler.run_of_consortium(consortium.consortium, consortium.number, run_id)


def new_job(
    platform: Platform,
    user: User,
    *,
    run: str,
    submission: Submission,
    now: int,
    run_owed_to: str | None = None,
) -> Job:
    """The job of a run: stored, or found if the run had been seen before.

    Args:
        run_owed_to: the user on whose behalf the run is still to be started, if it is.

    Raises:
        NotPermitted: the user may not ask, or has not registered an identity key.
        Refused: a value of the form is malformed, what is asked takes no jobs now, or the user may
            not ask it.
        TooMany: their organisation has as many jobs as it may.
        NotFound: there is no such dataset.
    """
    asked = submission.normal()
    platform.plans.check_address(asked.repository)
    require_sent(platform, user, asked.repository, now=now)
    what = askable(platform, user, asked, now=now)
    _require_own_form(platform, run, what)
    job = submitted(run, asked, what, now=now, deadline=now + platform.waits.plan_seconds)
    most = limits_of(platform, job.organisation)
    within = JobsAdmitted(most.jobs_under_way, most.jobs_a_day, now)
    stored = platform.jobs.add(job, within=within, run_owed_to=run_owed_to)
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
