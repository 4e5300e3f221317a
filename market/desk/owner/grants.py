"""Who may ask: grants given to keys whose words were compared, and taken back."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.desk.desk import Desk
from market.desk.owner.view_grants import asker_in, grant_rows, names_by_key
from market.desk.pages import DeskHere, Form, field, go, page
from market.errors import MarketError, Refused
from market.owner.own_tables import own_tables
from market.owner.word.grants import (
    Allocation,
    allocated_rho_units,
    compared_buyer,
    give_grant,
    newest_holding,
    revoke_grant,
)

router = APIRouter()

_DAY_SECONDS = 24 * 3_600
_MOST_DAYS = 3_650


@router.get("/grants", response_model=None)
def show_grants(
    request: Request, desk: DeskHere, dataset: str = "", user: str = ""
) -> HTMLResponse | RedirectResponse:
    """Every grant, and the form for another; a request for access fills in whom it is for."""
    if not desk.has_agent:
        return go(request, "/agent")
    return _grants_page(request, desk, dataset=dataset, user=user)


@router.post("/grants", response_model=None)
def give(request: Request, desk: DeskHere, form: Form) -> HTMLResponse | RedirectResponse:
    """Sign a grant to the key whose words were typed."""
    dataset, user = field(form, "dataset"), field(form, "user")
    try:
        key = _compared(desk, dataset, user, field(form, "words"))
        now = desk.clock()
        with desk.agent() as (home, _):
            rho = allocated_rho_units(newest_holding(home, dataset).policy, field(form, "epsilon"))
            allocation = Allocation(dataset, key, rho, now + _days(form) * _DAY_SECONDS)
            identity = desk.keyring.identity()
            give_grant(
                desk.portal(), identity, home, allocation, now=now, entropy=secrets.token_bytes
            )
    except MarketError as error:
        return _grants_page(request, desk, dataset=dataset, user=user, error=error, form=form)
    return go(request, "/grants", done="granted")


@router.post("/grants/revoke", response_model=None)
def revoke(request: Request, desk: DeskHere, form: Form) -> HTMLResponse | RedirectResponse:
    """Take a grant back; what was released stays."""
    dataset, grant = field(form, "dataset"), field(form, "grant")
    try:
        with desk.agent() as (home, _):
            identity = desk.keyring.identity()
            revoke_grant(desk.portal(), identity, home, dataset, grant, now=desk.clock())
    except MarketError as error:
        return _grants_page(request, desk, error=error)
    return go(request, "/grants", done="revoked")


def _compared(desk: Desk, dataset: str, user: str, words: str) -> str:
    """The key of these words; of somebody who asks it must be the one the portal names for them."""
    key = compared_buyer(words, None)
    if not user:
        return key
    asked = asker_in(_asked(desk, dataset), user)
    if asked is not None and asked["buyer"] != key:
        # The portal's key is not told: words copied from here would compare nothing.
        raise Refused(
            "key-differs",
            f"These are not the words of the key that the portal names for {user}.",
            "Ask again, by telephone or face to face. If the words stay, the portal names another "
            "key than the buyer's: tell its operator, and grant nothing.",
        )
    return key


def _days(form: dict[str, list[str]]) -> int:
    typed = field(form, "days")
    if not (typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= _MOST_DAYS):
        raise Refused(
            "grant-malformed",
            f"The grant is for {typed[:20]!r} days, expected 1 to {_MOST_DAYS}.",
            "Correct the days.",
        )
    return int(typed)


def _asked(desk: Desk, dataset: str) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = desk.portal().get(f"datasets/{dataset}/access-requests")
    return asked


def _grants_page(
    request: Request,
    desk: Desk,
    *,
    dataset: str = "",
    user: str = "",
    error: MarketError | None = None,
    form: dict[str, list[str]] | None = None,
) -> HTMLResponse:
    with desk.agent() as (home, store):
        listed = [table for table in own_tables(home, store) if table.versions]
    asked = {table.dataset: _asked(desk, table.dataset) for table in listed}
    return page(
        request,
        "grants.html",
        status=422 if error else 200,
        error=error,
        tables=[table.listing for table in listed],
        rows=[
            row
            for table in listed
            for row in grant_rows(
                table.holding, names_by_key(asked[table.dataset]), now=desk.clock()
            )
        ],
        chosen=dataset,
        asker=asker_in(asked.get(dataset, []), user),
        typed={name: field(form or {}, name) for name in ("words", "epsilon", "days")},
    )
