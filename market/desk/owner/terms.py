"""Change the terms of a listed table: typed over those in force, read in words, signed, published.

Nothing is encrypted. The agent has the new listing first; one that the portal has not taken is
sent as it was signed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.desk.desk import Desk
from market.desk.owner.terms_form import (
    TERMS_FIELDS,
    edition_before,
    lacks_of_terms,
    terms_shown,
    typed_terms,
    wanted_terms,
)
from market.desk.pages import FORM_CHECKED, DeskHere, Form, field, go, page
from market.entities.draft import DraftContent
from market.errors import MarketError
from market.owner.word.change_terms import changed_terms
from market.owner.word.grants import newest_holding
from market.owner.word.relist import (
    Relisting,
    Terms,
    propose_relisting,
    relist,
    terms_in_force,
)
from market.plan.statistics import BY_KIND
from market.policy.listing.editions import Change, changes_between
from market.policy.listing.encrypted_for import encrypted_for
from market.vault.holdings import Holding

router = APIRouter()


@router.get("/tables/terms/{dataset}")
def show_terms(request: Request, desk: DeskHere, dataset: str) -> HTMLResponse:
    """The form, with the terms in force."""
    with desk.owner() as owner:
        holding = newest_holding(owner.home, dataset)
    return _terms_page(request, holding, terms_shown(holding))


@router.post("/tables/terms/{dataset}/preview")
def show_changes(request: Request, desk: DeskHere, dataset: str, form: Form) -> HTMLResponse:
    """In words, what of the form is other than the listing. Nobody but this machine is asked."""
    with desk.owner() as owner:
        holding, terms = newest_holding(owner.home, dataset), terms_in_force(owner, dataset)
    typed = typed_terms(terms_shown(holding), form)
    return page(request, "terms_changes.html", **_changes(holding, terms, typed))


@router.post("/tables/terms/{dataset}", response_model=None)
def change(
    request: Request, desk: DeskHere, dataset: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Read what is about to be signed; sign it; or go back to what was typed."""
    with desk.owner() as owner:
        holding = newest_holding(owner.home, dataset)
    typed = typed_terms(terms_shown(holding), form)
    deed = field(form, "deed")
    if deed == "edit" or lacks_of_terms(typed).count:
        return _terms_page(request, holding, typed, status=200 if deed == "edit" else 422)
    try:
        done = _relisted(desk, holding, typed, edition_before(form), signs=deed == "sign")
    except MarketError as error:
        with desk.owner() as owner:
            holding = newest_holding(owner.home, dataset)
        return _terms_page(request, holding, typed, status=422, error=error)
    if deed == "sign":
        return go(request, f"/tables/of/{dataset}", done="terms-changed")
    return page(
        request,
        "terms_review.html",
        typed=typed,
        fields=TERMS_FIELDS,
        done_so=done,
        edition=edition_before(form),
    )


@router.post("/tables/terms/{dataset}/tell", dependencies=[FORM_CHECKED])
def tell_portal(request: Request, desk: DeskHere, dataset: str) -> RedirectResponse:
    """Send the newest listing, which the agent obeys already, as it was signed."""
    with desk.owner() as owner:
        relist(desk.portal(), owner, dataset, terms_in_force(owner, dataset))
    return go(request, f"/tables/of/{dataset}", done="portal-told")


def _relisted(
    desk: Desk, holding: Holding, typed: DraftContent, edition: int, *, signs: bool
) -> Relisting:
    dataset, wanted = typed.dataset, wanted_terms(terms_shown(holding), typed)
    with desk.owner() as owner:
        seen = replace(terms_in_force(owner, dataset), edition=edition)
        terms, act = changed_terms(seen, wanted), relist if signs else propose_relisting
        return act(desk.portal(), owner, dataset, terms)


def _changes(holding: Holding, terms: Terms, typed: DraftContent) -> dict[str, Any]:
    """What terms_changes.html shows: the changes, or why there can be none yet."""
    changes: tuple[Change, ...] = ()
    lacks, problem = lacks_of_terms(typed), ""
    if lacks.count:
        problem = next(iter(lacks.by_field.values()))[0]
    else:
        try:
            kept = holding.listing.record
            wanted = wanted_terms(terms_shown(holding), typed)
            changes = changes_between(kept, changed_terms(terms, wanted).over(kept))
        except MarketError as error:
            problem = error.message
    return {"changes": changes, "problem": problem}


def _terms_page(
    request: Request,
    holding: Holding,
    typed: DraftContent,
    *,
    status: int = 200,
    error: MarketError | None = None,
) -> HTMLResponse:
    listing = holding.listing.record
    terms = Terms(listing.edition, listing.description, listing.policy, listing.together)
    return page(
        request,
        "terms.html",
        status=status,
        error=error,
        listing=listing,
        content=typed,
        lacks=lacks_of_terms(typed),
        kinds={kind: node.plural for kind, node in BY_KIND.items()},
        sells_products=encrypted_for(holding.manifest.record.parameters) == "products",
        **_changes(holding, terms, typed),
    )
