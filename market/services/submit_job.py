"""Take a job in from the portal or the command line, and start its run."""

from __future__ import annotations

import hashlib

from market.entities.dataset import Dataset
from market.entities.job import NO_VERSION, AskedDataset, Job, JobEvent
from market.entities.people import User
from market.errors import MarketError
from market.policy.decision import Denied
from market.policy.submission import Submission
from market.services.appoint_agent import require_appointed
from market.services.authorize import require_buyer
from market.services.change_standing import serving_of
from market.services.end_job import end_with
from market.services.platform import Platform
from market.services.read_entitlement import read_entitlement


def submit_job(platform: Platform, user: User, submission: Submission, *, now: int) -> Job:
    """Create a job and start its run in Airflow, on the user's behalf.

    Raises:
        NotPermitted, Refused, NotFound: see `new_job`.
        Unavailable: Airflow does not answer; the job ended with that code.
    """
    run_id = "market__" + platform.entropy(8).hex()
    run = platform.scheduler.run_of(user.organisation, run_id)
    job = new_job(platform, user, run=run, submission=submission, now=now)
    try:
        platform.scheduler.trigger(run, user.user, submission.normal().to_json())
    except MarketError as error:
        end_with(platform, job, error, now=now)
        raise
    return job


def new_job(platform: Platform, user: User, *, run: str, submission: Submission, now: int) -> Job:
    """The job of a run: stored, or found if the run had been seen before.

    Raises:
        NotPermitted: the user is not a buyer or has not registered an identity key.
        Refused: a value of the form is malformed, the dataset takes no jobs now, or the user may
            not ask it.
        NotFound: no such dataset.
    """
    require_buyer(user, "submit")
    asked = submission.normal()
    platform.plans.check_address(asked.repository)
    dataset = platform.catalogue.dataset(asked.dataset)
    _require_listed(platform, dataset)
    policy = dataset.listing.record.policy
    decision = read_entitlement(platform, dataset, policy, user.identity_key, now=now)
    if isinstance(decision, Denied):
        raise decision.error()
    deadline = now + platform.waits.plan_seconds
    job = submitted(user, run, asked, dataset=dataset, now=now, deadline=deadline)
    stored = platform.jobs.add(job)
    if stored == job:
        note_submission(platform, job)
    return stored


def submitted(
    user: User, run: str, asked: Submission, *, dataset: Dataset | None, now: int, deadline: int
) -> Job:
    """A run's job in its first state, not stored yet; `dataset` is None where there is no such."""
    return Job(
        job=job_of_run(run),
        run=run,
        organisation=user.organisation,
        buyer=user.user,
        buyer_key=user.identity_key,
        datasets=(AskedDataset(asked.dataset, _version(dataset)),),
        parties=(dataset.manifest.record.agent,) if dataset else (),
        repository=asked.repository,
        commit=asked.commit,
        epsilon=asked.epsilon,
        state="submitted",
        created_at=now,
        updated_at=now,
        deadline=deadline,
    )


def note_submission(platform: Platform, job: Job) -> None:
    """The first line of a job's timeline."""
    text = f"{job.buyer} submitted the job."
    platform.jobs.note(JobEvent(job.job, job.created_at, "submitted", text))


def job_of_run(run: str) -> str:
    """The id of a run's job, whether or not it has been taken in."""
    return "job-" + hashlib.sha256(run.encode()).hexdigest()[:12]


def _version(dataset: Dataset | None) -> int:
    return dataset.listing.record.version if dataset else NO_VERSION


def _require_listed(platform: Platform, newest: Dataset) -> None:
    require_appointed(platform, newest)
    version = newest.listing.record.version
    if denied := serving_of(platform, newest.dataset).refusal(newest.dataset, version):
        raise denied.error()
