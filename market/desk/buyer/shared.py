"""Results shared inside the organisation: handed on from here, and opened that came."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.client.results.colleagues import (
    compare_colleague,
    find_colleague,
    is_compared,
    list_colleagues,
)
from market.client.results.opened_results import opened_result, result_path
from market.client.results.share_result import share_result, withdraw_shared
from market.desk.desk import Desk
from market.desk.pages import FORM_CHECKED, DeskHere, Form, field, go, page
from market.errors import MarketError

router = APIRouter()


@router.get("/shared")
def show_shared(request: Request, desk: DeskHere) -> HTMLResponse:
    """What colleagues have shared with the person, and what they have shared."""
    me, found = desk.client.account().user, desk.portal().get("shared-results")
    opened = {one["job"] for one in found if result_path(desk.client, one["job"]).exists()}
    return page(
        request,
        "shared.html",
        given=[one for one in found if one["recipient"] == me],
        handed=[one for one in found if one["sharer"] == me],
        opened=opened,
    )


@router.post("/shared/{job}/withdraw", dependencies=[FORM_CHECKED])
def withdraw(request: Request, desk: DeskHere, job: str, form: Form) -> RedirectResponse:
    """Take a result back from who has not opened it, or put one away."""
    recipient = field(form, "user")
    withdraw_shared(desk.portal(), job, recipient)
    is_own = recipient == desk.client.account().user
    return go(request, "/shared", done="put-away-shared" if is_own else "withdrawn-shared")


@router.get("/results/{job}/share")
def show_share(request: Request, desk: DeskHere, job: str) -> HTMLResponse:
    """Whom a result can be shared with, and what that means."""
    return _share_page(request, desk, job)


@router.post("/results/{job}/share", response_model=None)
def share(
    request: Request, desk: DeskHere, job: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Seal a result to a colleague whose words were typed, now or before."""
    user, words = field(form, "user"), field(form, "words")
    try:
        colleague = find_colleague(desk.portal(), user)
        if words or not is_compared(desk.client, colleague):
            compare_colleague(desk.client, colleague, words)
        share_result(desk.client, desk.keyring, desk.portal(), job, colleague, now=desk.clock())
    except MarketError as error:
        return _share_page(request, desk, job, error=error, user=user)
    return go(request, "/shared", done="result-shared")


def _share_page(
    request: Request, desk: Desk, job: str, *, error: MarketError | None = None, user: str = ""
) -> HTMLResponse:
    result = opened_result(desk.client, job)
    colleagues = list_colleagues(desk.portal())
    return page(
        request,
        "share.html",
        status=422 if error else 200,
        error=error,
        job=job,
        names=", ".join(one["dataset"] for one in result["datasets"]),
        colleagues=[(one, is_compared(desk.client, one)) for one in colleagues],
        chosen=user,
    )
