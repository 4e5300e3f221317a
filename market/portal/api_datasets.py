"""Datasets, uploads, grants and quotes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from market.entities.dataset import Dataset
from market.plan.plan import MAXIMUM_PLAN_BYTES
from market.policy.encrypted_for import encrypted_for
from market.portal.access import SIGNED_IN, CallerHere, Now, PlatformHere
from market.portal.bodies import MAXIMUM_OBJECT_BYTES, ApiRoute, Body
from market.portal.quote_counters import QuoteCounters
from market.services.authorize import require_person, require_scope
from market.services.change_standing import change_standing
from market.services.fetch_chunk import address_to_fetch
from market.services.grant_access import (
    accept_grant,
    accept_revocation,
    ask_access,
    decline_access,
)
from market.services.list_grants import list_access_requests, list_grants
from market.services.publish_dataset import publish_dataset
from market.services.quote_plan import plan_to_price
from market.services.read_dataset import read_dataset
from market.services.search_catalogue import search_catalogue
from market.services.store_chunk import address_to_store

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)

_DOCUMENT = Field(max_length=64 * 1024 * 1024)


class Publication(Body):
    listing: str = _DOCUMENT
    manifest: str = _DOCUMENT


class StandingDocument(Body):
    standing: str = Field(max_length=100_000)


class Upload(Body):
    key: str = Field(max_length=512)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size_bytes: int = Field(ge=1, le=MAXIMUM_OBJECT_BYTES)


class GrantDocument(Body):
    grant: str = Field(max_length=100_000)


class RevocationDocument(Body):
    revocation: str = Field(max_length=100_000)


class Purpose(Body):
    purpose: str = Field(min_length=1, max_length=2_000)


class QuoteRequest(Body):
    dataset: str = Field(max_length=1_000)
    plan: str = Field(max_length=MAXIMUM_PLAN_BYTES)
    epsilon: str = Field(max_length=40)


@router.get("/datasets", dependencies=[SIGNED_IN])
def search(platform: PlatformHere, words: str = "") -> list[dict[str, Any]]:
    """Datasets whose listings hold every word; all of them for none."""
    return [_summary(dataset) for dataset in search_catalogue(platform, words)]


@router.get("/datasets/{dataset}")
def one(dataset: str, platform: PlatformHere, caller: CallerHere, now: Now) -> dict[str, Any]:
    """A dataset's newest version as it was signed, and what the caller may still ask of it."""
    read = read_dataset(platform, caller.user, dataset, now=now)
    found, budget = read.dataset, read.budget
    return {
        **_summary(found),
        "listing": found.listing.encode().decode(),
        "manifest": found.manifest.encode().decode(),
        "appointment": read.appointment.encode().decode() if read.appointment else "",
        "owner_key": found.owner_key,
        "signed_standing": found.signed_standing.encode().decode() if found.signed_standing else "",
        "balance": {
            "whose": budget.whose,
            "cap_units": budget.balance.cap_units,
            "spent_units": budget.balance.spent_units,
            "reserved_units": budget.balance.reserved_units,
            "in_all_units": budget.in_all_units,
        },
        "entitled": read.is_entitled,
        "kept_seconds": read.kept_seconds,
        "versions": [
            {
                "version": version.version,
                "published_at": version.published_at,
                "stored_bytes": version.stored_bytes,
                "kept_until": read.kept_until(version),
                "is_stored": version.dropping_at is None,
                "dropped_at": version.dropped_at,
            }
            for version in read.versions
        ],
    }


@router.post("/datasets", status_code=201)
def publish(
    body: Publication, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """List a version of the caller's dataset: its signed listing and manifest."""
    user = require_scope(caller, "owner")
    publish_dataset(platform, user, body.listing, body.manifest, now=now)
    return {"status": "listed"}


@router.post("/datasets/{dataset}/standing")
def standing(
    dataset: str, body: StandingDocument, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Take the owner's signed word: listed, paused or withdrawn."""
    user = require_scope(caller, "owner")
    kept = change_standing(platform, user, dataset, body.standing, now=now)
    return {"standing": kept.state, "number": kept.number}


@router.post("/uploads")
def upload_url(
    body: Upload, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """A signed URL to PUT one chunk to; none is needed for what is stored already."""
    user = require_scope(caller, "owner")
    url = address_to_store(
        platform, user, body.key, sha256=body.sha256, size_bytes=body.size_bytes, now=now
    )
    return {"stored": not url, "url": url}


@router.get("/objects/{key:path}")
def download_url(key: str, platform: PlatformHere, caller: CallerHere, now: Now) -> dict[str, Any]:
    """A signed URL to GET a chunk from; chunks go to their owner's agent only."""
    return {"url": address_to_fetch(platform, caller.user, key, now=now)}


@router.get("/datasets/{dataset}/grants")
def grants(
    dataset: str, platform: PlatformHere, caller: CallerHere, now: Now
) -> list[dict[str, Any]]:
    """The grants on a dataset of the caller's, and which of them were revoked."""
    return [
        {
            "grant": given.grant.encode().decode(),
            "revoked": given.revocation is not None,
            "revocation": given.revocation and given.revocation.encode().decode(),
        }
        for given in list_grants(platform, caller.user, dataset, now=now)
    ]


@router.post("/grants", status_code=201)
def grant(
    body: GrantDocument, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Let a buyer in, by the owner's signed grant."""
    accept_grant(platform, require_scope(caller, "owner"), body.grant, now=now)
    return {"status": "granted"}


@router.post("/revocations", status_code=201)
def revoke(
    body: RevocationDocument, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Keep a buyer out again, by the owner's signed revocation."""
    accept_revocation(platform, require_scope(caller, "owner"), body.revocation, now=now)
    return {"status": "revoked"}


@router.post("/datasets/{dataset}/access-requests", status_code=201)
def request_access(
    dataset: str, body: Purpose, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Ask the owner for access, with what it is for."""
    user = require_person(caller)
    return {"request": ask_access(platform, user, dataset, body.purpose, now=now).request}


@router.get("/datasets/{dataset}/access-requests")
def access_requests(
    dataset: str, platform: PlatformHere, caller: CallerHere
) -> list[dict[str, Any]]:
    """Who has asked the caller for access to this dataset."""
    return [
        {
            "request": asked.request,
            "organisation": asked.organisation,
            "user": asked.user,
            "buyer": asked.buyer_fingerprint,
            "purpose": asked.purpose,
            "state": asked.state,
            "created_at": asked.created_at,
        }
        for asked in list_access_requests(platform, caller.user, dataset)
    ]


@router.post("/datasets/{dataset}/access-requests/{request}/decline")
def decline(
    dataset: str, request: str, platform: PlatformHere, caller: CallerHere
) -> dict[str, Any]:
    """Say no to a request for access."""
    decline_access(platform, require_scope(caller, "owner"), dataset, request)
    return {"status": "declined"}


@router.post("/quotes")
async def quote(
    body: QuoteRequest, request: Request, platform: PlatformHere, caller: CallerHere
) -> Response:
    """The price of a plan, computed apart: everything else goes on meanwhile."""
    counters: QuoteCounters = request.app.state.quotes
    asked = await run_in_threadpool(
        plan_to_price, platform, caller.user, body.dataset, body.plan, body.epsilon
    )
    data = await counters.price(caller.user, asked)
    return Response(data, media_type="application/json")


def _summary(dataset: Dataset) -> dict[str, Any]:
    listing = dataset.listing.record
    return {
        "dataset": dataset.dataset,
        "version": listing.version,
        "title": listing.description.title,
        "summary": listing.description.summary,
        "organisation": dataset.organisation,
        "standing": dataset.standing,
        "access": listing.policy.access,
        "price_cents": listing.policy.price_cents,
        "encrypted_for": encrypted_for(dataset.manifest.record.parameters),
        "capacity_rows": listing.schema.capacity_rows,
        "published_at": dataset.published_at,
    }
