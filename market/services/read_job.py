"""One job and its whole story, for those who may see it."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.dataset import Dataset
from market.entities.documents import Documents
from market.entities.job import Job, JobEvent
from market.entities.people import User
from market.errors import Conflict
from market.services.asked_datasets import datasets_of
from market.services.authorize import visible_job
from market.services.platform import Platform


@dataclass(frozen=True, slots=True)
class ReadJob:
    """A job, the dataset versions it asks, what it carries, what happened to it, oldest first.

    `datasets` lacks what the job asked for and does not exist.
    """

    job: Job
    datasets: tuple[Dataset, ...]
    documents: Documents
    timeline: tuple[JobEvent, ...]


def read_job(platform: Platform, user: User, job_id: str) -> ReadJob:
    """A job the user may see (raises NotFound, `no-job`)."""
    job = visible_job(platform, user, job_id)
    return ReadJob(
        job,
        datasets_of(platform, job),
        platform.jobs.documents(job.job),
        tuple(platform.jobs.timeline(job.job)),
    )


def read_receipt(platform: Platform, user: User, job_id: str) -> str:
    """The countersigned receipt of a job, as canonical JSON.

    Raises:
        NotFound: `no-job`. Conflict: `not-released`: there is no receipt yet.
    """
    job = visible_job(platform, user, job_id)
    receipts = platform.jobs.documents(job_id).by_party("receipt")
    if not receipts:
        raise Conflict(
            "not-released", f"Job {job_id} is {job.state}; it has no receipt.", "Wait for it."
        )
    (receipt,) = receipts.values()
    return receipt
