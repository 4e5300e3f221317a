"""What the API answers about jobs (market.portal.replies.reply)."""

from __future__ import annotations

from typing import Any, Self

from market.entities.engines import Engine
from market.entities.job import AskedDataset, End, Job
from market.entities.job_states import State
from market.portal.replies.reply import Reply
from market.records.consortium_documents import ConsortiumDocuments


class SentProgramLine(Reply):
    """A bundle that was sent: what a job names it by, and the commits that it leads to."""

    repository: str
    commits: tuple[str, ...]
    size_bytes: int


class JobLine(Reply):
    """What a job list shows of a job."""

    job: str
    run: str
    organisation: str
    buyer: str
    buyer_key: str
    datasets: tuple[AskedDataset, ...]
    parties: tuple[str, ...]
    repository: str
    commit: str
    epsilon: str
    engine: Engine
    verified: bool
    state: State
    rho_units: int
    plan_hash: str | None
    subject: str
    statistics: str
    price_cents: int
    created_at: int
    updated_at: int
    deadline: int
    code: str
    message: str
    next_action: str
    program_says: str

    @classmethod
    def of(cls, job: Job, **beside: Any) -> Self:
        """A job, with what a longer reply has beside it."""
        why = job.end or End("", "", "")
        return cls(
            job=job.job,
            run=job.run,
            organisation=job.organisation,
            buyer=job.buyer,
            buyer_key=job.buyer_key,
            datasets=job.datasets,
            parties=job.parties,
            repository=job.repository,
            commit=job.commit,
            epsilon=job.epsilon,
            engine=job.engine,
            verified=job.is_verified,
            state=job.state,
            rho_units=job.rho_units,
            plan_hash=job.plan_hash,
            subject=job.subject,
            statistics=job.statistics,
            price_cents=job.price_cents,
            created_at=job.created_at,
            updated_at=job.updated_at,
            deadline=job.deadline,
            code=why.code,
            message=why.message,
            next_action=why.next_action,
            program_says=why.program_says,
            **beside,
        )


class SubmittedJob(JobLine):
    """The job of a submission, and whether it had been submitted before."""

    repeated: bool


class Publication(Reply):
    """A dataset's version as its owner signed it, and their word on their agent."""

    dataset: str
    version: int
    listing: str
    manifest: str
    appointment: str


class PartyLine(Reply):
    """What one party of a job has given: `datasets` are what it answers for."""

    party: str
    organisation: str
    datasets: tuple[str, ...]
    approved: bool
    released: bool
    aborted: bool


class WholeJob(JobLine):
    """A job, and the documents that its buyer's client checks before it signs."""

    plan: str | None
    trace: str | None
    quote: str | None
    request: str | None
    publications: tuple[Publication, ...]
    consortium: ConsortiumDocuments | None
    answers: tuple[PartyLine, ...]


class AgentsJob(JobLine):
    """A job that waits for an agent, and what that needs of it."""

    own: tuple[AskedDataset, ...]
    plan: str | None
    request: str | None
    approval: str | None
    joins: tuple[str, ...]
    appointments: tuple[str, ...]
    relay: str


class EventLine(Reply):
    at: int
    step: str
    text: str


class ForkLine(Reply):
    """Two receipts as they were signed, of which one chain can hold only one."""

    agent: str
    sequence: int
    held: str
    offered: str
    seen_at: int


class ForkPage(Reply):
    items: tuple[ForkLine, ...]
    further: int | None
