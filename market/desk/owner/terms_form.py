"""The form of other terms: what a listing says, typed over.

Fields are called as the members of `DraftContent`. A field that still says what the listing says
changes nothing, so that a budget which no short epsilon gives stays to the unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from crypto.errors import FormatError
from market import wire
from market.desk.owner.declaration_form import Lacks
from market.entities.draft import DraftContent
from market.errors import Refused
from market.owner.word.change_terms import Wanted
from market.plan.statistics import BY_KIND
from market.policy.drafts.draft_declared import cents_of
from market.policy.drafts.draft_gaps import gaps_of
from market.policy.drafts.draft_of_listing import draft_of_listing
from market.policy.drafts.draft_unions import together_of
from market.vault.holdings import Holding

_AS_TYPED: Final = (
    "title",
    "summary",
    "provenance",
    "licence",
    "terms",
    "budget_epsilon",
    "total_epsilon",
    "buyer_epsilon",
    "job_epsilon",
    "delta",
    "access",
    "approval",
)
TERMS_FIELDS: Final = (*_AS_TYPED, "recomputation", "price", "sold_alone", "unions")
"""All that is typed, besides the kinds of questions that are ticked."""
_MOST_EDITION_DIGITS: Final = 9


def terms_shown(holding: Holding) -> DraftContent:
    """What the form holds before anything is typed: the listing, as a declaration would say it."""
    listing, manifest = holding.listing.record, holding.manifest.record
    shown = draft_of_listing(listing, epoch=manifest.epoch, parameters=manifest.parameters)
    return replace(shown, price=f"{Decimal(listing.policy.price_cents) / 100:.2f}")


def typed_terms(shown: DraftContent, form: Mapping[str, list[str]]) -> DraftContent:
    """What the form says; what it does not hold stays as it is shown.

    Raises:
        Refused: `form-malformed`: a choice is none of those offered.
    """
    values: dict[str, Any] = wire.to_json(shown) | {
        name: form[name][0].replace("\r\n", "\n").strip() for name in TERMS_FIELDS if name in form
    }
    # Boxes that are not ticked are not sent.
    values["statistics"] = [kind for kind in BY_KIND if kind in form.get("statistics", [])]
    try:
        return wire.from_json(DraftContent, values)
    except FormatError as error:
        raise _malformed(str(error)) from error


def edition_before(form: Mapping[str, list[str]]) -> int:
    """The edition that its person had before them (raises Refused: `form-malformed`)."""
    typed = (form.get("edition") or [""])[0]
    if not (typed.isascii() and typed.isdigit() and len(typed) <= _MOST_EDITION_DIGITS):
        raise _malformed("The form names no edition")
    return int(typed)


def lacks_of_terms(typed: DraftContent) -> Lacks:
    """What is missing or wrong, by the fields of this form."""
    found: dict[str, list[str]] = {}
    for gap in gaps_of(typed):
        if gap.field in TERMS_FIELDS or gap.field == "policy":
            found.setdefault(gap.field, []).append(gap.sentence)
    if not typed.statistics:
        found["statistics"] = ["Choose what is for sale."]
    return Lacks(found, {}, sum(map(len, found.values())))


def wanted_terms(shown: DraftContent, typed: DraftContent) -> Wanted:
    """What is to be other than it is shown; `typed` lacks nothing."""
    changed: dict[str, Any] = {
        name: getattr(typed, name)
        for name in _AS_TYPED
        if getattr(typed, name) != getattr(shown, name).strip()
    }
    if typed.price != shown.price:
        changed["price_cents"] = cents_of(typed.price)
    if typed.recomputation != shown.recomputation:
        changed["recomputation"] = typed.recomputation == "yes"
    if set(typed.statistics) != set(shown.statistics):
        changed["statistics"] = typed.statistics
    if (together := together_of(typed)) != together_of(shown):
        changed["together"] = together
    return Wanted(**changed)


def _malformed(what: str) -> Refused:
    return Refused("form-malformed", f"{what:.400}.", "Go back, load the page and save it again.")
