"""Catalogue and dataset: find, read, ask for access; for its owner: grants and standing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from crypto.identity import PublicKey
from market.airflow.addresses import form_page
from market.entities.dataset import Dataset
from market.policy.entitlement import GrantState, grant_states
from market.portal.access import CheckedForm, Now, PlatformHere, Reader, Visitor, field
from market.portal.pages import go, page
from market.portal.view_dataset import (
    budget_bar,
    column_rows,
    people_sentences,
    policy_sentences,
)
from market.records.grant import Grant
from market.services.appoint_agent import appointed
from market.services.grant_access import ask_access, decline_access
from market.services.platform import Platform
from market.services.read_budget import read_budget
from market.services.refresh_forms import may_use
from market.settings import Settings

router = APIRouter(include_in_schema=False)

_PURPOSE_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A grant as its owner reads it; `buyer` is a user id where the portal knows the key."""

    grant: Grant
    buyer: str
    state: GrantState


@router.get("/")
def catalogue(
    request: Request,
    platform: PlatformHere,
    user: Reader,
    now: Now,
    words: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    found = platform.catalogue.search(words.strip())
    cards = [
        (dataset, budget_bar(read_budget(platform, dataset, user, now=now), _delta(dataset)))
        for dataset in found
    ]
    return page(request, "catalogue.html", user=user, words=words, cards=cards)


@router.get("/promise")
def promise(request: Request, visitor: Visitor) -> Response:
    return page(request, "promise.html", user=visitor)


@router.get("/datasets/{dataset}")
def one(request: Request, dataset: str, platform: PlatformHere, user: Reader, now: Now) -> Response:
    settings: Settings = request.app.state.settings
    found = platform.catalogue.dataset(dataset)
    listing = found.listing.record
    budget = read_budget(platform, found, user, now=now)
    is_owner = found.owner == user.user
    asked = [
        asked
        for asked in platform.catalogue.access_requests(dataset)
        if is_owner or asked.organisation == user.organisation
    ]
    return page(
        request,
        "dataset.html",
        user=user,
        dataset=found,
        listing=listing,
        manifest=found.manifest.record,
        columns=column_rows(listing.schema),
        people=people_sentences(listing, found.manifest.record.epoch),
        rules=policy_sentences(listing.policy, settings.currency, budget.in_all_units),
        bar=budget_bar(budget, _delta(found)),
        is_owner=is_owner,
        is_buyer="buyer" in user.roles,
        form_page=form_page(user.organisation),
        is_entitled=may_use(platform, found, user, now=now),
        appointment=appointed(platform, found.owner),
        agent_fingerprint=PublicKey.parse(found.manifest.record.agent).fingerprint(),
        owner_fingerprint=PublicKey.parse(found.owner_key).fingerprint(),
        asked=asked,
        has_waiting=any(a.state == "waiting" and a.user == user.user for a in asked),
        grants=_grants(platform, dataset, now=now) if is_owner else [],
        size_bytes=sum(c.size_bytes for col in found.manifest.record.columns for c in col.chunks),
    )


@router.post("/datasets/{dataset}/access-requests")
def ask(
    dataset: str, platform: PlatformHere, user: Reader, now: Now, form: CheckedForm
) -> Response:
    purpose = field(form, "purpose", maximum_characters=_PURPOSE_CHARACTERS)
    ask_access(platform, user, dataset, purpose, now=now)
    return go(f"/datasets/{dataset}", done="access-asked")


@router.post("/datasets/{dataset}/access-requests/{asked}/decline")
def decline(
    dataset: str, asked: str, platform: PlatformHere, user: Reader, form: CheckedForm
) -> Response:
    del form
    decline_access(platform, user, dataset, asked)
    return go(f"/datasets/{dataset}", done="access-declined")


def _delta(dataset: Dataset) -> str:
    return dataset.listing.record.policy.delta


def _grants(platform: Platform, dataset: str, *, now: int) -> list[GrantRow]:
    given = platform.catalogue.grants(dataset)
    revoked = {signed.record.grant for signed, revocation in given if revocation is not None}
    states = grant_states((signed.record for signed, _ in given), revoked, now=now)
    rows = []
    for signed, _ in given:
        known = platform.people.by_identity_fingerprint(signed.record.buyer)
        state = states[signed.record.grant]
        rows.append(GrantRow(signed.record, known.user if known else "", state))
    return rows
