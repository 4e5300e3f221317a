"""The second stage: compute the platform's shares over the ciphertext."""

from __future__ import annotations

from dataclasses import replace

from crypto import canonical
from market import wire
from market.entities.job import Job, JobEvent, advance
from market.errors import Conflict, MarketError
from market.plan.lowered import lower
from market.plan.plan import Plan
from market.records.delivery import Share
from market.records.request import Request
from market.records.signed import open_signed
from market.services.accept_approval import check_approval, read_approval
from market.services.end_job import end_with
from market.services.platform import Platform


def evaluate_job(platform: Platform, job: Job, *, now: int) -> Job:
    """Bring an approved job to `evaluated`, or end it with what stopped it.

    Both signatures are verified again: a state in the database is nobody's approval.
    Evaluation is exact and deterministic, so doing it again after a crash does no harm.

    Raises:
        Conflict: the job has no approval yet, or has ended.
    """
    if job.state == "evaluated":
        return job
    if job.state != "approved" or job.approval is None or job.request is None or job.plan is None:
        raise Conflict(
            "job-state",
            f"Job {job.job} is {job.state}; only an approved job is evaluated.",
            "Wait for the buyer's request and the owner's approval.",
        )
    try:
        dataset = platform.catalogue.version(job.dataset, job.version)
        open_signed(Request, job.request.encode(), signer=job.buyer_key)
        check_approval(job, read_approval(job.approval, dataset).record, now=now)
        plan = wire.decode(Plan, job.plan.encode())
        outputs = lower(plan, dataset.listing.record.schema).outputs
        shares = platform.evaluator.evaluate(job.job, dataset.manifest.record, outputs)
    except MarketError as error:
        return end_with(platform, job, error, now=now)
    request = open_signed(Request, job.request.encode(), signer=job.buyer_key).record
    evaluated = replace(
        advance(
            job,
            "evaluated",
            now=now,
            deadline=request.expires_at + platform.waits.release_grace_seconds,
        ),
        platform=canonical.dumps(wire.to_json(shares)).decode(),
    )
    text = f"{len(shares)} platform shares computed over the ciphertext."
    platform.jobs.save(
        evaluated, expected="approved", event=JobEvent(job.job, now, "evaluated", text)
    )
    return evaluated


def platform_shares(job: Job) -> tuple[Share, ...]:
    """The platform's shares of an evaluated job."""
    return tuple(
        wire.from_json(Share, share) for share in canonical.loads((job.platform or "[]").encode())
    )
