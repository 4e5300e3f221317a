"""The buyer's signature arrives: check it as strictly as the agent will."""

from __future__ import annotations

from dataclasses import replace

from crypto.errors import CryptoError
from market.entities.documents import Document
from market.entities.job import Job, JobEvent, advance
from market.errors import Refused
from market.policy.clock import check_time
from market.policy.one_of_each import one_dataset, one_party
from market.pricing.loss import compared_losses
from market.records.first_difference import first_difference
from market.records.request import Request, RequestedDataset
from market.records.session import SessionTerms
from market.records.signed import open_signed, record_hash
from market.services.appoint_agent import require_appointed
from market.services.platform import Platform
from market.services.sources import Source, datasets_of, require_in_force, sources_of


def accept_request(platform: Platform, job_id: str, request_text: str, *, now: int) -> Job:
    """Store the signed request of a planned job; the same request again changes nothing.

    Raises:
        MoreThanOne: it names several datasets, or several agents.
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
    one_dataset(request.datasets)
    if job.engine == "ciphertext":
        one_party(request.parties)
    for dataset in datasets_of(platform, job):
        require_appointed(platform, dataset)
    sources = sources_of(platform, job)
    expected: dict[str, tuple[object, object]] = {
        "job": (request.job, job.job),
        "datasets": (request.names, tuple(asked.dataset for asked in job.datasets)),
        **{
            f"{what} of {asked.dataset}": pair
            for asked, source in zip(request.datasets, sources, strict=False)
            for what, pair in _compared(asked, source).items()
        },
        "agents": (request.parties, job.parties),
        "session": (request.session, session_terms(platform, job)),
        "plan hash": (request.plan_hash, job.plan_hash),
        "cost": compared_losses(request.rho_units, job.rho_units, sources[0].policy.delta),
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


def _compared(asked: RequestedDataset, source: Source) -> dict[str, tuple[object, object]]:
    return {
        "version": (asked.version, source.version),
        "manifest hash": (asked.manifest_hash, source.manifest_hash),
        "price": (asked.price_cents, source.policy.price_cents),
    }


def _invalid(message: str) -> Refused:
    return Refused(
        "request-invalid", message, "Sign the job again with `market sign`; nothing was spent."
    )
