"""Where a desk begins: what is still missing, what is under way, what waits."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.client.results.opened_results import result_path
from market.desk.admission import COOKIE
from market.desk.desk import Desk
from market.desk.pages import DeskHere, go, page

router = APIRouter()

_DONE_AT = {
    "sign": "/jobs/{subject}",
    "open": "/jobs/{subject}",
    "approve": "/requests/{subject}",
    "access": "/grants?dataset={subject}",
    "renew": "/agent",
    "shared": "/shared",
    "withdrawn": "/shared",
}
"""By what is to be done (market.entities.inbox)."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What a person does first: a sentence, and the page where they do it."""

    text: str
    action: str
    path: str


@router.get("/enter")
def enter(request: Request, token: str = "") -> RedirectResponse:
    """Let the browser in that came by a one-time link."""
    session = request.app.state.admission.enter(token)
    answer = go(request, "/")
    base = request.app.state.base
    answer.set_cookie(COOKIE, session, path=f"{base}/", httponly=True, samesite="strict")
    return answer


@router.get("/")
def show_home(request: Request, desk: DeskHere) -> HTMLResponse:
    """The first page."""
    missing = _missing(desk)
    items = desk.portal().get("inbox") if desk.account() and not missing else []
    waiting = [item | {"place": _place_of(item)} for item in items if not _is_opened(desk, item)]
    return page(request, "home.html", missing=missing, waiting=waiting)


def _place_of(item: dict[str, str]) -> str:
    """The page where an item of the inbox is done; empty where there is none."""
    return _DONE_AT.get(item["kind"], "").format(subject=item["subject"])


def _is_opened(desk: Desk, item: dict[str, str]) -> bool:
    """Whether an item is a result that lies on this machine by now: the portal cannot know."""
    can_open = item["kind"] in ("open", "shared")
    return can_open and result_path(desk.client, item["subject"]).exists()


def _missing(desk: Desk) -> Missing | None:
    """The first thing that is not there yet."""
    if not desk.has_identity:
        return Missing(
            "You have no key yet. It is made here, signs what you ask or publish, and stays here.",
            "Make your key",
            "/keys",
        )
    for whose, name in (("client", "your keys"), ("agent", "your agent’s keys")):
        if desk.is_locked(whose):
            path = f"/unlock?whose={whose}"
            return Missing(f"A passphrase opens {name}.", "Unlock", path)
    if desk.account() is None:
        return Missing("You are not signed in to a portal.", "Sign in", "/sign-in")
    return None
