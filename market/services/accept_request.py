"""The buyer's signature arrives: check it as strictly as the agent will."""

from __future__ import annotations

from dataclasses import replace

from crypto.errors import CryptoError
from market.entities.dataset import Dataset
from market.entities.documents import Document
from market.entities.job import Job, JobEvent, advance
from market.errors import Refused
from market.policy.clock import check_time
from market.policy.one_of_each import one_dataset, one_party
from market.pricing.loss import compared_losses
from market.records.first_difference import first_difference
from market.records.request import Request, RequestedDataset
from market.records.signed import open_signed, record_hash
from market.services.appoint_agent import require_appointed
from market.services.asked_datasets import datasets_of
from market.services.platform import Platform


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
    one_party(request.parties)
    one_dataset(request.datasets)
    datasets = datasets_of(platform, job)
    for dataset in datasets:
        require_appointed(platform, dataset)
    delta = datasets[0].listing.record.policy.delta
    expected: dict[str, tuple[object, object]] = {
        "job": (request.job, job.job),
        "datasets": (request.names, tuple(asked.dataset for asked in job.datasets)),
        **{
            f"{what} of {asked.dataset}": pair
            for asked, dataset in zip(request.datasets, datasets, strict=False)
            for what, pair in _compared(asked, dataset).items()
        },
        "agents": (request.parties, job.parties),
        "plan hash": (request.plan_hash, job.plan_hash),
        "cost": compared_losses(request.rho_units, job.rho_units, delta),
    }
    if found := first_difference(expected):
        raise _invalid(f"The request's {found.what} is {found.seen}, the job's is {found.wanted}.")
    late = check_time(request.created_at, request.expires_at, reader="the platform", now=now)
    if late:
        raise late.error()


def _compared(asked: RequestedDataset, dataset: Dataset) -> dict[str, tuple[object, object]]:
    listing = dataset.listing.record
    return {
        "version": (asked.version, listing.version),
        "manifest hash": (asked.manifest_hash, listing.manifest_hash),
        "price": (asked.price_cents, listing.policy.price_cents),
    }


def _invalid(message: str) -> Refused:
    return Refused(
        "request-invalid", message, "Sign the job again with `market sign`; nothing was spent."
    )
