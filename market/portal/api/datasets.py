"""Datasets, uploads, grants and quotes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from market.plan.plan import MAXIMUM_PLAN_BYTES
from market.policy.finding.offer_filter import WrittenFilter
from market.portal.access import CallerHere, Now, PlatformHere
from market.portal.bodies import MAXIMUM_OBJECT_BYTES, ApiRoute, Body
from market.portal.quotes.counters import QuoteCounters
from market.portal.replies.datasets import (
    AccessRequestLine,
    Balance,
    DatasetLine,
    EditionLine,
    GrantLine,
    KeptListing,
    KeptStanding,
    KeptVersion,
    MadeRequest,
    ObjectAddress,
    UploadAddress,
    WholeDataset,
)
from market.portal.replies.reply import Done
from market.services.access.grant_access import (
    MOST_ANSWER_CHARACTERS,
    accept_grant,
    accept_revocation,
    ask_access,
    decline_access,
)
from market.services.access.list_grants import list_access_requests, list_grants
from market.services.authorize import require_person, require_scope
from market.services.catalogue.read_dataset import read_dataset
from market.services.catalogue.search_catalogue import MOST_DATASETS, search_catalogue
from market.services.compute.fetch_chunk import address_to_fetch
from market.services.publish.change_listing import change_listing, list_editions
from market.services.publish.change_standing import change_standing
from market.services.publish.drop_version import drop_version
from market.services.publish.publish_dataset import publish_dataset
from market.services.publish.store_chunk import address_to_store
from market.services.submit.quote_plan import plan_to_price

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)

Filter = Annotated[str, Query(max_length=200)]
_DOCUMENT = Field(max_length=64 * 1024 * 1024)


class Publication(Body):
    listing: str = _DOCUMENT
    manifest: str = _DOCUMENT


class StandingDocument(Body):
    standing: str = Field(max_length=100_000)


class DropWord(Body):
    """The owner's signed word that a version goes (market.records.version_drop)."""

    word: str = Field(max_length=10_000)


class ListingDocument(Body):
    listing: str = _DOCUMENT


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


class OwnersAnswer(Body):
    answer: str = Field("", max_length=MOST_ANSWER_CHARACTERS)


class QuoteRequest(Body):
    dataset: str = Field(max_length=1_000)
    plan: str = Field(max_length=MAXIMUM_PLAN_BYTES)
    epsilon: str = Field(max_length=40)


@router.get("/datasets")
def search(
    platform: PlatformHere,
    caller: CallerHere,
    now: Now,
    words: str = "",
    access: Filter = "",
    price: Filter = "",
    licence: Filter = "",
    after: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_DATASETS)] = MOST_DATASETS,
) -> list[DatasetLine]:
    """Datasets whose listings hold every word, by id: a page of them, from behind the id `after`.

    `access` is open, request, invitation, or granted: to the caller. `price` is what a job costs
    at most, as 2.50; 0 is free. `licence` is as listings say it.
    """
    written = WrittenFilter(access, price, licence)
    found = search_catalogue(
        platform, caller.user, words, written, after=after, limit=limit, now=now
    )
    return [DatasetLine.of(offer) for offer in found]


@router.get("/datasets/{dataset}")
def one(dataset: str, platform: PlatformHere, caller: CallerHere, now: Now) -> WholeDataset:
    """A dataset's newest version as it was signed, and what the caller may still ask of it."""
    read = read_dataset(platform, caller.user, dataset, now=now)
    found, budget = read.dataset, read.budget
    return WholeDataset.of(
        found,
        listing=found.listing.encode().decode(),
        manifest=found.manifest.encode().decode(),
        appointment=read.appointment.encode().decode() if read.appointment else "",
        owner_key=found.owner_key,
        signed_standing=found.signed_standing.encode().decode() if found.signed_standing else "",
        balance=Balance(
            whose=budget.whose,
            cap_units=budget.balance.cap_units,
            spent_units=budget.balance.spent_units,
            reserved_units=budget.balance.reserved_units,
            in_all_units=budget.in_all_units,
        ),
        entitled=read.is_entitled,
        asked=[AccessRequestLine.of(asked) for asked in read.access_requests],
        kept_seconds=read.kept_seconds,
        versions=[
            KeptVersion(
                version=version.version,
                published_at=version.published_at,
                stored_bytes=version.stored_bytes,
                kept_until=read.kept_until(version),
                is_stored=version.dropping_at is None,
                dropped_at=version.dropped_at,
            )
            for version in read.versions
        ],
    )


@router.post("/datasets", status_code=201)
def publish(body: Publication, platform: PlatformHere, caller: CallerHere, now: Now) -> Done:
    """List a version of the caller's dataset: its signed listing and manifest."""
    user = require_scope(caller, "owner")
    publish_dataset(platform, user, body.listing, body.manifest, now=now)
    return Done(status="listed")


@router.post("/datasets/{dataset}/standing")
def standing(
    dataset: str, body: StandingDocument, platform: PlatformHere, caller: CallerHere, now: Now
) -> KeptStanding:
    """Take the owner's signed word: listed, paused or withdrawn."""
    user = require_scope(caller, "owner")
    kept = change_standing(platform, user, dataset, body.standing, now=now)
    return KeptStanding(standing=kept.state, number=kept.number)


@router.post("/datasets/{dataset}/drops")
def drop(
    dataset: str, body: DropWord, platform: PlatformHere, caller: CallerHere, now: Now
) -> Done:
    """Delete an older version's ciphertext at once, by the owner's signed word."""
    drop_version(platform, require_scope(caller, "owner"), dataset, body.word, now=now)
    return Done(status="dropping")


@router.get("/datasets/{dataset}/listings")
def listings(dataset: str, platform: PlatformHere, caller: CallerHere) -> list[EditionLine]:
    """Every listing of a dataset of the caller's, by version and edition."""
    return [
        EditionLine(
            version=edition.listing.record.version,
            edition=edition.listing.record.edition,
            listing=edition.listing.encode().decode(),
            listed_at=edition.listed_at,
        )
        for edition in list_editions(platform, caller.user, dataset)
    ]


@router.post("/datasets/{dataset}/listings", status_code=201)
def relist(
    dataset: str, body: ListingDocument, platform: PlatformHere, caller: CallerHere, now: Now
) -> KeptListing:
    """Take the owner's next signed listing of the newest version: other terms, the same data."""
    user = require_scope(caller, "owner")
    kept = change_listing(platform, user, dataset, body.listing, now=now)
    return KeptListing(version=kept.version, edition=kept.edition)


@router.post("/uploads")
def upload_url(body: Upload, platform: PlatformHere, caller: CallerHere, now: Now) -> UploadAddress:
    """A signed URL to PUT one chunk to; none is needed for what is stored already."""
    user = require_scope(caller, "owner")
    url = address_to_store(
        platform, user, body.key, sha256=body.sha256, size_bytes=body.size_bytes, now=now
    )
    return UploadAddress(stored=not url, url=url)


@router.get("/objects/{key:path}")
def download_url(key: str, platform: PlatformHere, caller: CallerHere, now: Now) -> ObjectAddress:
    """A signed URL to GET a chunk from; chunks go to their owner's agent only."""
    return ObjectAddress(url=address_to_fetch(platform, caller.user, key, now=now))


@router.get("/datasets/{dataset}/grants")
def grants(dataset: str, platform: PlatformHere, caller: CallerHere, now: Now) -> list[GrantLine]:
    """The grants on a dataset of the caller's, and which of them were revoked."""
    return [
        GrantLine(
            grant=given.grant.encode().decode(),
            revoked=given.revocation is not None,
            revocation=given.revocation.encode().decode() if given.revocation else None,
        )
        for given in list_grants(platform, caller.user, dataset, now=now)
    ]


@router.post("/grants", status_code=201)
def grant(body: GrantDocument, platform: PlatformHere, caller: CallerHere, now: Now) -> Done:
    """Let a buyer in, by the owner's signed grant."""
    accept_grant(platform, require_scope(caller, "owner"), body.grant, now=now)
    return Done(status="granted")


@router.post("/revocations", status_code=201)
def revoke(body: RevocationDocument, platform: PlatformHere, caller: CallerHere, now: Now) -> Done:
    """Keep a buyer out again, by the owner's signed revocation."""
    accept_revocation(platform, require_scope(caller, "owner"), body.revocation, now=now)
    return Done(status="revoked")


@router.post("/datasets/{dataset}/access-requests", status_code=201)
def request_access(
    dataset: str, body: Purpose, platform: PlatformHere, caller: CallerHere, now: Now
) -> MadeRequest:
    """Ask the owner for access, with what it is for."""
    user = require_person(caller)
    made = ask_access(platform, user, dataset, body.purpose, now=now)
    return MadeRequest(request=made.request)


@router.get("/datasets/{dataset}/access-requests")
def access_requests(
    dataset: str, platform: PlatformHere, caller: CallerHere
) -> list[AccessRequestLine]:
    """Who has asked the caller for access to this dataset."""
    found = list_access_requests(platform, caller.user, dataset)
    return [AccessRequestLine.of(asked) for asked in found]


@router.post("/datasets/{dataset}/access-requests/{request}/decline")
def decline(
    dataset: str,
    request: str,
    platform: PlatformHere,
    caller: CallerHere,
    body: OwnersAnswer | None = None,
) -> Done:
    """Say no to a request for access, with a word to who asked or without."""
    answer = body.answer if body else ""
    decline_access(platform, require_scope(caller, "owner"), dataset, request, answer)
    return Done(status="declined")


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
