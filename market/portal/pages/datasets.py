"""Catalogue and dataset: find, read, ask for access; for its owner: grants and standing."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from crypto.identity import PublicKey
from market.airflow.addresses import form_page
from market.entities.offer import Offer
from market.errors import Refused
from market.pages.burn_chart import burn_chart
from market.pages.columns import column_rows, values_note
from market.policy.budget.questions_left import QuestionsLeft, questions_left
from market.policy.finding.offer_filter import ACCESSES, WrittenFilter, access_choices
from market.policy.listing.retention import retention_sentence
from market.policy.listing.union_words import together_sentences
from market.portal.access import (
    CheckedForm,
    Now,
    PlatformHere,
    Reader,
    Visitor,
    field,
)
from market.portal.pages.forms import optional_field
from market.portal.pages.page import go, page
from market.portal.problems import status_of
from market.portal.views.catalogue import narrowed_by
from market.portal.views.dataset import (
    BudgetBar,
    budget_bar,
    editions_shown,
    people_sentences,
    policy_sentences,
    versions_kept,
)
from market.services.access.grant_access import MOST_ANSWER_CHARACTERS, ask_access, decline_access
from market.services.catalogue.read_dataset import ReadDataset, read_dataset
from market.services.catalogue.read_own_dataset import read_own
from market.services.catalogue.search_catalogue import catalogue_page, licences_offered
from market.services.jobs.read_budget import Budget
from market.settings import Settings

router = APIRouter(include_in_schema=False)

_PURPOSE_CHARACTERS = 2_000
_Typed = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class AskedOffers:
    """What stands in the address of the catalogue; what is left empty asks nothing."""

    words: _Typed = ""
    access: _Typed = ""
    price: _Typed = ""
    licence: _Typed = ""
    after: _Typed = ""

    @property
    def written(self) -> WrittenFilter:
        """The filter among it."""
        return WrittenFilter(self.access, self.price, self.licence)

    @property
    def query(self) -> str:
        """The same as the query of an address, without place and what is empty."""
        words = {"words": self.words} if self.words else {}
        return urlencode(words | self.written.query())


@router.get("/")
def catalogue(
    request: Request,
    platform: PlatformHere,
    user: Reader,
    now: Now,
    asked: Annotated[AskedOffers, Depends()],
) -> Response:
    """Datasets found by the words of their listings, each with what the reader may still ask."""
    found, error = None, None
    try:
        found = catalogue_page(
            platform, user, asked.words, asked.written, after=asked.after, now=now
        )
    except Refused as refused:
        error = refused
    cards = [(offer, *_shown(offer, budget)) for offer, budget in found.found] if found else []
    return page(
        request,
        "catalogue.html",
        user=user,
        status=HTTPStatus.OK if error is None else status_of(error),
        asked=asked,
        narrowed=narrowed_by(asked.words, asked.written),
        found=found,
        cards=cards,
        error=error,
        accesses=access_choices(),
        access_words=ACCESSES,
        licences=licences_offered(platform),
    )


def _shown(dataset: Offer, budget: Budget) -> tuple[BudgetBar, QuestionsLeft]:
    policy = dataset.listing.record.policy
    left = questions_left(policy, budget.balance.available_units)
    return budget_bar(budget, policy.delta), left


@router.get("/promise")
def promise(request: Request, visitor: Visitor) -> Response:
    """What the market promises, and how each promise is kept; for everybody."""
    return page(request, "promise.html", user=visitor)


@router.get("/datasets/{dataset}")
def one(request: Request, dataset: str, platform: PlatformHere, user: Reader, now: Now) -> Response:
    """One dataset: columns, people, policy, budget; for its owner grants and requests too."""
    settings: Settings = request.app.state.settings
    read = read_dataset(platform, user, dataset, now=now)
    own = read_own(platform, user, dataset, now=now) if read.is_own else None
    return page(
        request,
        "dataset.html",
        user=user,
        dataset=read.dataset,
        **_offer(read, settings.currency),
        **_left(read, now=now),
        is_owner=read.is_own,
        is_buyer="buyer" in user.roles,
        form_page=form_page(user.organisation),
        is_entitled=read.is_entitled,
        names=read.names,
        asked=read.access_requests,
        has_waiting=any(
            asked.state == "waiting" and asked.user == user.user for asked in read.access_requests
        ),
        own=own,
        editions=editions_shown(own) if own else [],
    )


def _offer(read: ReadDataset, currency: str) -> dict[str, Any]:
    """What its owner says of it, and what is stored."""
    listing, manifest = read.dataset.listing.record, read.dataset.manifest.record
    return {
        "listing": listing,
        "manifest": manifest,
        "columns": column_rows(listing.schema),
        "values_note": values_note(listing.schema),
        "people": people_sentences(listing, manifest.epoch),
        "rules": together_sentences(listing.together, listing.dataset)
        + policy_sentences(listing.policy, manifest.parameters, currency, read.budget.in_all_units),
        "appointment": read.appointment,
        "agent_fingerprint": PublicKey.parse(manifest.agent).fingerprint(),
        "owner_fingerprint": PublicKey.parse(read.dataset.owner_key).fingerprint(),
        "size_bytes": manifest.stored_bytes,
        "versions": versions_kept(read),
        "retention": retention_sentence(read.kept_seconds),
    }


def _left(read: ReadDataset, *, now: int) -> dict[str, Any]:
    """What is left to ask, and how what is gone was spent."""
    policy, balance = read.dataset.listing.record.policy, read.budget.balance
    return {
        "bar": budget_bar(read.budget, policy.delta),
        "questions": questions_left(policy, balance.available_units),
        "burn": burn_chart(read.spent, balance, now=now),
    }


@router.post("/datasets/{dataset}/access-requests")
def ask(
    dataset: str, platform: PlatformHere, user: Reader, now: Now, form: CheckedForm
) -> Response:
    """Ask the owner for access, with what it is for."""
    purpose = field(form, "purpose", maximum_characters=_PURPOSE_CHARACTERS)
    ask_access(platform, user, dataset, purpose, now=now)
    return go(f"/datasets/{dataset}", done="access-asked")


@router.post("/datasets/{dataset}/access-requests/{asked}/decline")
def decline(
    dataset: str, asked: str, platform: PlatformHere, user: Reader, form: CheckedForm
) -> Response:
    """Say no to a request for access, with a word to who asked or without; then go back to where
    the form was."""
    answer = optional_field(form, "answer", maximum_characters=MOST_ANSWER_CHARACTERS)
    decline_access(platform, user, dataset, asked, answer)
    is_inbox = form.get("from") == ["inbox"]
    return go("/inbox" if is_inbox else f"/datasets/{dataset}", done="access-declined")
