"""One job and its whole story, for those who may see it."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.dataset import Dataset
from market.entities.documents import Documents
from market.entities.job import Job, JobEvent
from market.entities.people import User
from market.errors import Conflict
from market.services.asked_datasets import datasets_of, parts_among
from market.services.authorize import visible_job
from market.services.platform import Platform


@dataclass(frozen=True, slots=True)
class PartyAnswers:
    """What one party of a job (its agent's key in hex) has given; `datasets` are the ids of those
    it answers for."""

    party: str
    datasets: tuple[str, ...]
    has_approved: bool
    has_released: bool


@dataclass(frozen=True, slots=True)
class ReadJob:
    """A job, the dataset versions it asks, what it carries, what happened to it, oldest first.

    `datasets` lacks what the job asked for and does not exist.
    """

    job: Job
    datasets: tuple[Dataset, ...]
    documents: Documents
    timeline: tuple[JobEvent, ...]

    @property
    def answers(self) -> tuple[PartyAnswers, ...]:
        """What each party has given, in the job's order of parties."""
        approved, released = (self.documents.by_party(kind) for kind in ("approval", "receipt"))
        return tuple(
            PartyAnswers(
                part.party,
                tuple(dataset.dataset for dataset in part.datasets),
                part.party in approved,
                part.party in released,
            )
            for part in parts_among(self.datasets, self.job.parties)
        )


def read_job(platform: Platform, user: User, job_id: str) -> ReadJob:
    """A job the user may see (raises NotFound, `no-job`)."""
    job = visible_job(platform, user, job_id)
    return ReadJob(
        job,
        datasets_of(platform, job),
        platform.jobs.documents(job.job),
        tuple(platform.jobs.timeline(job.job)),
    )


def read_receipt(platform: Platform, user: User, job_id: str, party: str) -> str:
    """The countersigned receipt of a party (its agent's key in hex), as canonical JSON.

    Raises:
        NotFound: `no-job`. Conflict: `not-released`: this party has given no receipt.
    """
    job = visible_job(platform, user, job_id)
    receipt = platform.jobs.documents(job_id).find("receipt", party)
    if receipt is None:
        raise Conflict(
            "not-released",
            f"Job {job_id} is {job.state}; it has no receipt of the agent {party[:16]}.",
            "Wait for it.",
        )
    return receipt
