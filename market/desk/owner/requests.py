"""What buyers ask of the owner's tables, checked against the agent's own documents; yes or no."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.desk.desk import Desk
from market.desk.owner.view_requests import (
    AskedRow,
    access_rows,
    asked_rows,
    others_asked,
    shown_request,
)
from market.desk.pages import FORM_CHECKED, DeskHere, Form, field, go, page
from market.errors import MarketError, Refused
from market.owner.own_tables import own_tables
from market.owner.word.approve import approve, read_pending, refuse
from market.owner.word.leaves import leaves
from market.policy.decision import Denied
from market.vault.consortia import held_agreements, read_membership

router = APIRouter()

_MOST_JOBS = "500"


@router.get("/requests", response_model=None)
def show_requests(request: Request, desk: DeskHere) -> HTMLResponse | RedirectResponse:
    """What waits: questions for a yes or no, and buyers for access."""
    if not desk.has_agent:
        return go(request, "/agent")
    with desk.agent() as (home, store):
        tables = own_tables(home, store)
        # Of each consortium the newest agreement stands last.
        bound = {
            name: read_membership(home, name, number).policy.approval
            for name, number in held_agreements(home)
        }
    portal = desk.portal()
    listed = [table for table in tables if table.versions]
    access = [
        row
        for table in listed
        for row in access_rows(
            table.listing, portal.get(f"datasets/{table.dataset}/access-requests")
        )
    ]
    return page(
        request,
        "requests.html",
        asked=_asked(
            desk, bound | {table.dataset: table.holding.policy.approval for table in listed}
        ),
        access=access,
        answers_now=desk.agent_process.is_anywhere,
    )


def _asked(desk: Desk, approvals: Mapping[str, str]) -> list[AskedRow]:
    return asked_rows(desk.portal().get("jobs", of="own-data", limit=_MOST_JOBS), approvals)


@router.get("/requests/{job}")
def show_request(request: Request, desk: DeskHere, job: str) -> HTMLResponse:
    """One question, as the agent's own documents have it."""
    return _request_page(request, desk, job)


@router.post("/requests/{job}/approve", dependencies=[FORM_CHECKED])
def say_yes(request: Request, desk: DeskHere, job: str) -> RedirectResponse:
    """Sign the yes to one question."""
    portal = desk.portal()
    with desk.agent() as (home, store):
        now = desk.clock()
        pending = read_pending(portal, home, store, job, now=now)
        approve(
            portal, home, desk.keyring.identity(), pending, now=now, entropy=secrets.token_bytes
        )
    return go(request, "/requests", done="approved")


@router.post("/requests/{job}/refuse", response_model=None)
def say_no(
    request: Request, desk: DeskHere, job: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Sign the no, with the reason that the buyer reads."""
    reason = field(form, "reason")
    if not reason:
        missing = Refused(
            "reason-missing", "No reason was given.", "Write what the buyer is to read."
        )
        return _request_page(request, desk, job, error=missing)
    portal = desk.portal()
    with desk.agent() as (home, store):
        now = desk.clock()
        pending = read_pending(portal, home, store, job, now=now)
        refuse(portal, desk.keyring.identity(), pending, reason=reason, now=now)
    return go(request, "/requests", done="refused")


def _request_page(
    request: Request, desk: Desk, job: str, *, error: MarketError | None = None
) -> HTMLResponse:
    portal = desk.portal()
    with desk.agent() as (home, store):
        pending = read_pending(portal, home, store, job, now=desk.clock())
        left = leaves(store, pending)
    shown: dict[str, Any] = portal.get(f"jobs/{job}")
    return page(
        request,
        "request.html",
        status=422 if error else 200,
        error=error,
        asked=shown_request(shown, pending, left, now=desk.clock()),
        others=others_asked(shown, pending),
        purposes=_purposes(desk, shown),
        denied=pending.decision if isinstance(pending.decision, Denied) else None,
        text=pending.text,
        is_manual=pending.question.holding.policy.approval == "manual",
    )


def _purposes(desk: Desk, shown: dict[str, Any]) -> list[str]:
    """What for, in the words this buyer asked for access with: the portal's word."""
    found: list[str] = []
    for asked in shown["datasets"]:
        try:
            requests = desk.portal().get(f"datasets/{asked['dataset']}/access-requests")
        except MarketError:
            # Another owner's, asked together with ours; or a consortium.
            continue
        found += [one["purpose"] for one in requests if one["user"] == shown["buyer"]]
    return found
