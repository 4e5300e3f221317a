"""The buyer's signature arrives: check it as strictly as the agent will."""

from __future__ import annotations

from dataclasses import replace

from crypto.errors import CryptoError
from market.entities.documents import Document
from market.entities.job import Job, JobEvent, advance
from market.errors import Refused
from market.policy.clock import check_time
from market.pricing.loss import compared_losses
from market.records.first_difference import first_difference
from market.records.request import Request, RequestedDataset
from market.records.session import SessionTerms
from market.records.signed import open_signed, record_hash
from market.records.union import UnionTerms
from market.services.access.appoint_agent import appointed, require_appointed
from market.services.platform import Platform
from market.services.sources import Source, datasets_of, require_in_force, source_of


def accept_request(platform: Platform, job_id: str, request_text: str, *, now: int) -> Job:
    """Store the signed request of a planned job; the same request again changes nothing.

    Raises:
        Refused: `request-invalid` when it does not verify or names another job, plan, manifest
            or price; `clock-ahead` or `request-expired` for its time. Nothing is spent and the job
            goes on waiting.
        Conflict: the job is not waiting for a request.
    """
    job = platform.jobs.get(job_id)
    if platform.jobs.documents(job_id).find("request") == request_text:
        return job
    try:
        request = open_signed(Request, request_text.encode(), signer=job.buyer_key).record
    except CryptoError as error:
        raise _invalid(f"The request was not accepted: {error}.") from error
    _check(platform, job, request, now=now)
    deadline = min(request.expires_at, now + platform.waits.approval_seconds)
    requested = replace(
        advance(job, "requested", now=now, deadline=deadline), request_hash=record_hash(request)
    )
    text = f"The buyer signed request {record_hash(request)[:12]}."
    platform.jobs.save(
        requested,
        expected=job.state,
        event=JobEvent(job_id, now, requested.state, text),
        documents=[Document("request", request_text)],
    )
    return requested


def _check(platform: Platform, job: Job, request: Request, *, now: int) -> None:
    for dataset in datasets_of(platform, job):
        require_appointed(platform, dataset)
    source = source_of(platform, job)
    expected: dict[str, tuple[object, object]] = {
        "job": (request.job, job.job),
        "datasets": (request.names, tuple(asked.dataset for asked in job.datasets)),
        **{
            f"{what} of {asked.dataset}": pair
            for asked, named in zip(request.datasets, source.named, strict=False)
            for what, pair in _compared(asked, named).items()
        },
        "agents": (request.parties, job.parties),
        "session": (request.session, session_terms(platform, job)),
        "union": (request.union, _union_terms(platform, job, source)),
        "plan hash": (request.plan_hash, job.plan_hash),
        "cost": compared_losses(request.rho_units, job.rho_units, source.policy.delta),
    }
    if found := first_difference(expected):
        raise _invalid(f"The request's {found.what} is {found.seen}, the job's is {found.wanted}.")
    late = check_time(request.created_at, request.expires_at, reader="the platform", now=now)
    if late:
        raise late.error()


def session_terms(platform: Platform, job: Job) -> SessionTerms | None:
    """How a consortium's members are to compute; None for encrypted data.

    Raises:
        Refused: `consortium-not-ready`: it takes no questions any more.
    """
    if job.engine == "ciphertext":
        return None
    return SessionTerms(record_hash(require_in_force(platform, job)), job.is_verified)


def _union_terms(platform: Platform, job: Job, source: Source) -> UnionTerms | None:
    """What a request to several owners says besides, by the agents they have appointed."""
    if source.values is None:
        return None
    words = (appointed(platform, dataset.owner) for dataset in datasets_of(platform, job))
    return UnionTerms(source.values, tuple(word.record.keys for word in words if word is not None))


def _compared(asked: RequestedDataset, named: RequestedDataset) -> dict[str, tuple[object, object]]:
    return {
        "version": (asked.version, named.version),
        "edition": (asked.edition, named.edition),
        "manifest hash": (asked.manifest_hash, named.manifest_hash),
        "price": (asked.price_cents, named.price_cents),
    }


def _invalid(message: str) -> Refused:
    return Refused(
        "request-invalid", message, "Sign the job again with `market sign`; nothing was spent."
    )
