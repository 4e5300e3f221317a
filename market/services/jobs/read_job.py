"""One job and its whole story, for those who may see it."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.consortium import Consortium
from market.entities.dataset import Dataset
from market.entities.documents import Documents
from market.entities.job import Job, JobEvent
from market.entities.people import Names, User
from market.errors import Conflict
from market.services.authorize import visible_job
from market.services.platform import Platform
from market.services.read_names import names_of
from market.services.sources import Part, consortium_of, datasets_of, parts_of


@dataclass(frozen=True, slots=True)
class PartyAnswers:
    """What one party of a job (its agent's key in hex) has given.

    Attributes:
        organisation: whose agent it is.
        names: the ids of what it answers for.
        has_aborted: it broke its session off (market.records.session.SessionAbort).
    """

    party: str
    organisation: str
    names: tuple[str, ...]
    has_approved: bool
    has_released: bool
    has_aborted: bool


@dataclass(frozen=True, slots=True)
class ReadJob:
    """A job, what it asks, what it carries, what happened to it, oldest first.

    Attributes:
        datasets: the published versions it asks; without what does not exist, and none of a
            consortium's.
        names: of its buyer and their organisation, of its owners and theirs.
        consortium: whom it asks, where that is one.
    """

    job: Job
    datasets: tuple[Dataset, ...]
    consortium: Consortium | None
    parts: tuple[Part, ...]
    documents: Documents
    timeline: tuple[JobEvent, ...]
    names: Names

    @property
    def answers(self) -> tuple[PartyAnswers, ...]:
        """What each party has given, in the job's order of parties."""
        approved, receipts, aborted = (
            self.documents.by_party(kind) for kind in ("approval", "receipt", "abort")
        )
        return tuple(
            PartyAnswers(
                part.party,
                part.organisation,
                part.names,
                has_approved=part.party in approved,
                has_released=part.party in receipts and part.party not in aborted,
                has_aborted=part.party in aborted,
            )
            for part in self.parts
        )

    @property
    def is_by_hand(self) -> bool:
        """Whether anybody approves by hand."""
        return any(part.policy.approval == "manual" for part in self.parts)


def read_job(platform: Platform, user: User, job_id: str) -> ReadJob:
    """A job the user may see (raises NotFound, `no-job`)."""
    job = visible_job(platform, user, job_id)
    datasets, parts = datasets_of(platform, job), parts_of(platform, job)
    return ReadJob(
        job,
        datasets,
        consortium_of(platform, job) if job.engine == "members" else None,
        parts,
        platform.jobs.documents(job.job),
        tuple(platform.jobs.timeline(job.job)),
        names_of(
            platform,
            users=[dataset.owner for dataset in datasets],
            organisations=[part.organisation for part in parts],
            told=[job],
        ),
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
