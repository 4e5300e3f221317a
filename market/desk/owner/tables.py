"""The owner's tables: how each stands, what was asked of it, and the owner's word on it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.client.http.api import PortalClient
from market.desk.desk import Desk
from market.desk.owner.view_tables import (
    answered_rows,
    badge_of,
    bar_of,
    charged_days,
    rows_of,
)
from market.desk.pages import FORM_CHECKED, DeskHere, Form, field, go, page
from market.errors import MarketError, NotFound, Refused
from market.owner.answered import answered, buyers_of, charged_to, revenue_of, told_of_jobs
from market.owner.drafting.declarations import begun_declarations
from market.owner.own_tables import own_table, own_tables
from market.owner.publish.discard import discard
from market.owner.word.destroy_key import REMAINS, destroy_key
from market.owner.word.drop_version import REMAINS as DROP_REMAINS
from market.owner.word.drop_version import drop_version
from market.owner.word.own_editions import own_editions
from market.owner.word.standing import change_standing
from market.pages.burn_chart import burn_chart

router = APIRouter()

_MOST_VERSION_DIGITS = 9

_WORDS = {"pause": "paused", "resume": "listed", "withdraw": "withdrawn"}


@router.get("/tables", response_model=None)
def show_tables(request: Request, desk: DeskHere) -> HTMLResponse | RedirectResponse:
    """All of them, with what each needs next."""
    if not desk.has_agent:
        return go(request, "/agent")
    with desk.agent() as (home, store):
        tables = own_tables(home, store)
        listed = {table.dataset for table in tables if table.versions}
        begun = [one for one in begun_declarations(home) if one not in listed]
    return page(
        request,
        "tables.html",
        rows=[(table, badge_of(table), bar_of(table)) for table in tables],
        begun=begun,
        answers_now=desk.agent_process.is_anywhere,
    )


@router.get("/tables/of/{dataset}")
def show_table(request: Request, desk: DeskHere, dataset: str) -> HTMLResponse:
    """One of them."""
    return _table_page(request, desk, dataset)


@router.post("/tables/of/{dataset}/standing", response_model=None)
def say_standing(
    request: Request, desk: DeskHere, dataset: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Pause, resume, or withdraw, which is for good and typed out."""
    word = _WORDS.get(field(form, "word"), "")
    try:
        if word == "withdrawn":
            _check_typed(form, dataset)
        return _say(request, desk, dataset, state=word or None)
    except MarketError as error:
        return _table_page(request, desk, dataset, error=error)


@router.post("/tables/of/{dataset}/serve", response_model=None)
def say_served(
    request: Request, desk: DeskHere, dataset: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Which older versions stay answered beside the newest."""
    versions = tuple(int(one) for one in form.get("version", []) if one.isdecimal())
    try:
        return _say(request, desk, dataset, served_versions=versions)
    except MarketError as error:
        return _table_page(request, desk, dataset, error=error)


@router.post("/tables/of/{dataset}/drop", response_model=None)
def end_version(
    request: Request, desk: DeskHere, dataset: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """End an older version for good, once it was typed out."""
    version = field(form, "version")
    try:
        _check_typed(form, f"{dataset} {version}")
        with desk.agent() as (home, _):
            identity, number = desk.keyring.identity(), _version(version)
            drop_version(desk.portal(), identity, home, dataset, number, now=desk.clock())
    except MarketError as error:
        return _table_page(request, desk, dataset, error=error)
    return go(request, f"/tables/of/{dataset}", done="version-ended")


@router.post("/tables/of/{dataset}/destroy", response_model=None)
def destroy(
    request: Request, desk: DeskHere, dataset: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Destroy its keys, once its id was typed out."""
    try:
        _check_typed(form, dataset)
        with desk.agent() as (home, _):
            identity = desk.keyring.identity()
            destroy_key(desk.portal(), identity, home, dataset, now=desk.clock())
    except MarketError as error:
        return _table_page(request, desk, dataset, error=error)
    return go(request, f"/tables/of/{dataset}", done="key-destroyed")


@router.post("/tables/of/{dataset}/discard", dependencies=[FORM_CHECKED])
def throw_away(request: Request, desk: DeskHere, dataset: str) -> RedirectResponse:
    """Throw away a version that was begun and is not listed."""
    with desk.agent() as (home, store):
        discard(desk.portal(), home, store, dataset, now=desk.clock())
    return go(request, "/tables", done="discarded")


def _say(request: Request, desk: Desk, dataset: str, **word: Any) -> RedirectResponse:
    with desk.agent() as (home, _):
        identity = desk.keyring.identity()
        change_standing(desk.portal(), identity, home, dataset, now=desk.clock(), **word)
    return go(request, f"/tables/of/{dataset}", done="standing-changed")


def _check_typed(form: dict[str, list[str]], words: str) -> None:
    if field(form, "typed") != words:
        raise Refused(
            "not-confirmed",
            f"You typed {field(form, 'typed')!r:.80}, not {words:.80}.",
            "Nothing was done. Type just that to confirm.",
        )


def _version(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) <= _MOST_VERSION_DIGITS):
        raise NotFound("not-held", f"There is no version {typed[:20]!r}.", "Choose one of those.")
    return int(typed)


def _table_page(
    request: Request, desk: Desk, dataset: str, *, error: MarketError | None = None
) -> HTMLResponse:
    told = told_of_jobs(desk.portal()) if desk.account() else {}
    with desk.agent() as (home, store):
        table = own_table(home, store, dataset)
        answers = answered(home, store, dataset, told)
        charged = charged_to(home, store, table.budget.account) if table.budget else []
        editions = own_editions(_portal(desk), home, dataset)
        is_begun = dataset in begun_declarations(home)
    delta = table.listing.policy.delta
    budget, now = table.budget, desk.clock()
    return page(
        request,
        "table.html",
        status=422 if error else 200,
        error=error,
        table=table,
        listing=table.listing,
        badge=badge_of(table),
        bar=bar_of(table),
        burn=burn_chart(charged_days(charged), budget, now=now) if budget else None,
        buyers=buyers_of(answers, delta),
        rows=answered_rows(answers, delta),
        revenue=revenue_of(answers),
        remains=REMAINS,
        drop_remains=DROP_REMAINS,
        is_begun=is_begun,
        answers_now=desk.agent_process.is_anywhere,
        editions=editions,
        edition_rows=rows_of(editions),
    )


def _portal(desk: Desk) -> PortalClient | None:
    return desk.portal() if desk.account() else None
