"""The second stage: compute the platform's shares over the ciphertext."""

from __future__ import annotations

from crypto import canonical
from market import wire
from market.entities.documents import Document, Documents
from market.entities.job import Job, JobEvent, advance
from market.errors import Conflict, MarketError
from market.plan.lowered import lower
from market.plan.plan import Plan
from market.records.delivery import Share
from market.records.request import Request
from market.records.signed import open_signed
from market.services.accept_approval import check_approval, read_approval
from market.services.asked_datasets import dataset_of, parts_of
from market.services.end_job import end_with
from market.services.platform import Platform


def evaluate_job(platform: Platform, job: Job, *, now: int) -> Job:
    """Bring an approved job to `evaluated`, or end it with what stopped it.

    Every signature is verified again: a state in the database is nobody's approval. Evaluation is
    exact and deterministic, so doing it again after a crash does no harm.

    Raises:
        Conflict: the job has no approval yet, or has ended.
    """
    if job.state == "evaluated":
        return job
    kept = platform.jobs.documents(job.job)
    plan_text, request_text = kept.find("plan"), kept.find("request")
    if job.state != "approved" or plan_text is None or request_text is None:
        raise _not_approved(job)
    try:
        request = open_signed(Request, request_text.encode(), signer=job.buyer_key).record
        _check_approvals(platform, job, kept, now=now)
        dataset = dataset_of(platform, job)
        plan = wire.decode(Plan, plan_text.encode())
        outputs = lower(plan, dataset.listing.record.schema).outputs
        shares = platform.evaluator.evaluate(job.job, dataset.manifest.record, outputs)
    except MarketError as error:
        return end_with(platform, job, error, now=now)
    deadline = request.expires_at + platform.waits.release_grace_seconds
    evaluated = advance(job, "evaluated", now=now, deadline=deadline)
    platform.jobs.save(
        evaluated,
        expected=job.state,
        event=JobEvent(
            job.job,
            now,
            evaluated.state,
            f"{len(shares)} platform shares computed over the ciphertext.",
        ),
        documents=[Document("shares", canonical.dumps(wire.to_json(shares)).decode())],
    )
    return evaluated


def _check_approvals(platform: Platform, job: Job, kept: Documents, *, now: int) -> None:
    """Raises Refused for an approval that does not verify, Conflict where one is missing."""
    for part in parts_of(platform, job):
        text = kept.find("approval", part.party)
        if text is None:
            raise _not_approved(job)
        check_approval(job, read_approval(text, part).record, now=now)


def _not_approved(job: Job) -> Conflict:
    return Conflict(
        "job-state",
        f"Job {job.job} is {job.state}; only an approved job is evaluated.",
        "Wait for the buyer's request and the owner's approval.",
    )


def shares_of(kept: Documents) -> tuple[Share, ...]:
    """The platform's shares of a job; none before it was evaluated."""
    text = kept.find("shares") or "[]"
    return tuple(wire.from_json(Share, share) for share in canonical.loads(text.encode()))
