"""One job and its whole story, for those who may see it."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.dataset import Dataset
from market.entities.job import Job, JobEvent
from market.entities.people import User
from market.errors import Conflict
from market.services.authorize import dataset_of, visible_job
from market.services.platform import Platform


@dataclass(frozen=True, slots=True)
class ReadJob:
    """A job, the dataset version it asks, and what happened to it, oldest first.

    `dataset` is None where the job asked for one that does not exist.
    """

    job: Job
    dataset: Dataset | None
    timeline: tuple[JobEvent, ...]


def read_job(platform: Platform, user: User, job_id: str) -> ReadJob:
    """A job the user may see (raises NotFound, `no-job`)."""
    job = visible_job(platform, user, job_id)
    return ReadJob(job, dataset_of(platform, job), tuple(platform.jobs.timeline(job.job)))


def read_receipt(platform: Platform, user: User, job_id: str) -> str:
    """The countersigned receipt of a job, as canonical JSON.

    Raises:
        NotFound: `no-job`. Conflict: `not-released`: there is no receipt yet.
    """
    job = visible_job(platform, user, job_id)
    if job.receipt is None:
        raise Conflict(
            "not-released", f"Job {job_id} is {job.state}; it has no receipt.", "Wait for it."
        )
    return job.receipt
