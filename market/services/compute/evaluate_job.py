"""The second stage: compute the platform's shares over the ciphertext."""

from __future__ import annotations

from typing import Final

from crypto import canonical
from market import wire
from market.entities.documents import Document, Documents
from market.entities.job import Job, JobEvent, advance
from market.errors import MarketError, Unavailable
from market.plan.lowered import lower
from market.plan.plan import Plan
from market.policy.listing.retention import require_stored
from market.records.delivery import Share
from market.services.compute.approved_job import approved_request, check_approvals
from market.services.jobs.end_job import end_with
from market.services.platform import Platform
from market.services.sources import datasets_of, source_of

_NOT_AGAIN: Final = frozenset({"evaluation-timeout"})
"""What took too long would take as long again."""


def evaluate_job(platform: Platform, job: Job, *, now: int, tries_left: int = 0) -> Job:
    """Bring an approved job to `evaluated`, or end it with what stopped it.

    Every signature is verified again: a state in the database is nobody's approval. Evaluation is
    exact and deterministic, so doing it again after a crash does no harm.

    Args:
        tries_left: how often this will be done again if it fails. Until none is left, what may
            pass (a store that is away, a full disk, a Spark that was killed) ends nothing.

    Raises:
        Conflict: the job has no approval yet, has ended, or is the other engine's.
        Unavailable: what may pass has stopped it; the job is as it was, and its timeline says so.
    """
    if job.state == "evaluated":
        return job
    kept, request = approved_request(platform, job, "ciphertext")
    try:
        check_approvals(platform, job, kept, now=now)
        source = source_of(platform, job)
        outputs = lower(wire.decode(Plan, kept.need("plan").encode()), source.schema).outputs
        datasets = datasets_of(platform, job)
        for dataset in datasets:
            require_stored(dataset)
        manifests = tuple(dataset.manifest.record for dataset in datasets)
        shares = platform.evaluator.evaluate(job.job, manifests, outputs)
    except Unavailable as error:
        if tries_left <= 0 or error.code in _NOT_AGAIN:
            return end_with(platform, job, error, now=now)
        note = JobEvent(job.job, now, "setback", f"{error.code}: {error.message}")
        platform.jobs.save(job, expected=job.state, event=note)
        raise
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
            f"{sum(map(len, shares))} platform shares computed over the ciphertext.",
        ),
        documents=[
            Document("shares", canonical.dumps(wire.to_json(of_one)).decode(), manifest.agent)
            for of_one, manifest in zip(shares, manifests, strict=True)
        ],
    )
    return evaluated


def shares_of(kept: Documents, party: str) -> tuple[Share, ...]:
    """The platform's shares over the data of a party; none before the job was evaluated."""
    text = kept.find("shares", party) or "[]"
    return tuple(wire.from_json(Share, share) for share in canonical.loads(text.encode()))
