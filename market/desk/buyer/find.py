"""Find a dataset: the catalogue, one dataset as its owner signed it, and asking for access."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from crypto.identity import PublicKey
from market.client.http.pages_of import datasets_of
from market.client.kept.pins import find_pin
from market.client.verify.kept_publication import ask_dataset, keep_shown
from market.desk.buyer.view_dataset import ACCESS, left_of, matching, rules
from market.desk.desk import Desk
from market.desk.pages import DeskHere, Form, field, go, page
from market.errors import MarketError, NotPermitted, Refused
from market.pages.columns import column_rows, values_note

router = APIRouter()

_Typed = Annotated[str, Query(max_length=200)]


@router.get("/datasets")
def show_catalogue(
    request: Request,
    desk: DeskHere,
    words: _Typed = "",
    access: _Typed = "",
    price: _Typed = "",
    all: _Typed = "",  # noqa: A002
) -> HTMLResponse:
    """Datasets by their words, access and price; and the consortia the person may ask."""
    portal = desk.portal()
    found = datasets_of(portal, words=words)
    shown = matching(found, access=access, most_cents=_cents(price), is_listed=not all)
    return page(
        request,
        "find.html",
        words=words,
        access=access,
        price=price,
        all=all,
        accesses=ACCESS,
        found=shown,
        hidden=len(found) - len(shown),
        consortia=[one for one in portal.get("consortia") if one["state"] == "agreed"],
    )


def _cents(price: str) -> int | None:
    """A price as somebody typed it; None for none, or for what is no price."""
    try:
        return int(Decimal(price.strip().replace(",", ".")) * 100) if price.strip() else None
    except (InvalidOperation, ValueError, OverflowError):
        return None


@router.get("/datasets/{dataset}")
def show_dataset(request: Request, desk: DeskHere, dataset: str) -> HTMLResponse:
    """One dataset; its signatures are verified here, and its owner's key is pinned."""
    return _dataset_page(request, desk, dataset)


@router.post("/datasets/{dataset}/compare", response_model=None)
def compare_owner(
    request: Request, desk: DeskHere, dataset: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Pin the owner's key by the words they read out."""
    try:
        desk.compare("owner", dataset, field(form, "words"))
    except MarketError as error:
        return _dataset_page(request, desk, dataset, error=error)
    return go(request, f"/datasets/{dataset}", done="pinned")


@router.post("/datasets/{dataset}/ask", response_model=None)
def ask_access(
    request: Request, desk: DeskHere, dataset: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Ask the owner for access, with what it is for."""
    purpose = field(form, "purpose")
    try:
        if not purpose:
            raise Refused(
                "purpose-missing",
                "No purpose was given.",
                "Say what you want to find out; the owner reads it.",
            )
        _tell_key(desk)
        desk.portal().post(f"datasets/{dataset}/access-requests", {"purpose": purpose})
    except MarketError as error:
        return _dataset_page(request, desk, dataset, error=error, purpose=purpose)
    return go(request, f"/datasets/{dataset}", done="access-asked")


def _tell_key(desk: Desk) -> None:
    """A grant names a key: that of whoever asks has to be at the portal."""
    if not desk.portal().get("whoami")["identity_key"]:
        raise NotPermitted(
            "key-unregistered",
            "The portal does not know your key yet, and a grant names it.",
            "Make your key on the page Keys, and tell the portal of it.",
        )


def _dataset_page(
    request: Request,
    desk: Desk,
    dataset: str,
    *,
    error: MarketError | None = None,
    purpose: str = "",
) -> HTMLResponse:
    answer: dict[str, Any] = ask_dataset(desk.portal(), dataset)
    publication = keep_shown(desk.client, answer)
    account = desk.client.account()
    pin = find_pin(desk.client, "owner", dataset)
    return page(
        request,
        "dataset.html",
        status=422 if error else 200,
        error=error,
        purpose=purpose,
        shown=answer,
        listing=publication.listing,
        columns=column_rows(publication.listing.schema),
        values_note=values_note(publication.listing.schema),
        rules=rules(publication),
        left=left_of(answer["balance"], publication.listing.policy),
        owner_fingerprint=PublicKey.parse(publication.owner_key).fingerprint(),
        is_compared=pin is not None and pin.is_compared,
        asked=[one for one in answer["asked"] if one["user"] == account.user],
        accesses=ACCESS,
    )
