"""How every page of the portal is made (market.pages.environment).

A page knows its user, their session's CSRF token, how many things wait for them and whether they
have to do with consortia. A redirect may
carry `?done=<word>`; only words of `DONE` are shown.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.entities.inbox import WAITS_FOR_NOBODY
from market.entities.people import User
from market.errors import MarketError
from market.pages.environment import page_environment
from market.portal.access import (
    csrf_token,
    now_of,
    platform_of,
    session_of,
    set_visit,
    settings_of,
    visit_of,
)
from market.portal.problems import headers_of, problem_of, status_of
from market.services.consortia.read_consortium import has_consortia
from market.services.inbox.read_inbox import read_inbox
from market.services.platform import Platform

DONE = {
    "access-asked": "The owner has been asked. You find the answer on this page.",
    "access-declined": "The request for access was declined.",
    "active": "The user may sign in again.",
    "cancelled": "The job was cancelled. Nothing was spent.",
    "deactivated": "The user can no longer sign in; sessions and API tokens have ended for good.",
    "notices-confirmed": "The address is confirmed. You are told there of what waits for you.",
    "notices-ended": "You are told nothing there any more.",
    "notices-hook-set": "The webhook answered. It is told of what waits for you.",
    "notices-mail-sent": "A mail was sent there. Open the link in it to confirm the address.",
    "draft-deleted": "The draft was deleted. What was listed of it stays.",
    "draft-duplicated": "This is the copy, under a number of its own.",
    "draft-saved": "The draft was saved.",
    "organisation-added": "The organisation was added.",
    "password-changed": "Your password was changed; sessions, Airflow and API tokens have ended. "
    "Sign in with the new one; `market login`, and for an agent `market agent login`, make tokens.",
    "inbox-done": "Marked as done. It stands under Done until something happens to it.",
    "inbox-undone": "The mark is gone: it waits for you again.",
    "limits-set": "The organisation's limits were changed.",
    "password-chosen": "The password is set. Sign in with it.",
    "roles-set": "The user's roles were changed.",
    "session-ended": "The session was ended, here and in Airflow.",
    "signed-out": "You are signed out.",
    "user-removed": "The person was removed. What they signed stays, under a number for a name.",
    "sent-off": "The job was submitted. Its plan is built now; then it waits for your signature.",
    "sent-before": "This form was submitted already: this is its job. There is no second one.",
    "token-revoked": "The token was revoked and no longer works.",
}

_TEMPLATES = page_environment(Path(__file__).parent.parent / "templates")


def page(
    request: Request,
    template: str,
    *,
    user: User | None,
    status: int = HTTPStatus.OK,
    **context: Any,
) -> HTMLResponse:
    """Render a template of the portal.

    Args:
        user: who reads it, or None before sign-in.
        context: what this template shows beside the frame.
    """
    bound_to = session_of(request) or visit_of(request)
    platform = platform_of(request)
    response = _render(
        request,
        template,
        status,
        {
            "csrf": csrf_token(bound_to),
            "has_consortia": user is not None and has_consortia(platform, user),
            "inbox_count": _waiting(platform, user, now=now_of(request)) if user else 0,
            "platform_fingerprint": platform.identity.public.fingerprint(),
            "user": user,
            **context,
        },
    )
    if not session_of(request):
        set_visit(request, response)
    return response


def _waiting(platform: Platform, user: User, *, now: int) -> int:
    """How much somebody else waits for. A sealed result waits for nobody."""
    return sum(item.kind not in WAITS_FOR_NOBODY for item in read_inbox(platform, user, now=now))


def problem_page(
    request: Request, error: MarketError, *, status: int | None = None
) -> HTMLResponse:
    """The page of a problem. It asks no port, since ports may be what failed."""
    context = {
        "csrf": "",
        "has_consortia": False,
        "inbox_count": 0,
        "platform_fingerprint": "",
        "problem": problem_of(error),
        "user": None,
    }
    response = _render(request, "problem.html", status or status_of(error), context)
    response.headers.update(headers_of(error))
    return response


def _render(request: Request, template: str, status: int, context: dict[str, Any]) -> HTMLResponse:
    text = _TEMPLATES.get_template(template).render(
        path=request.url.path,
        done=DONE.get(request.query_params.get("done", ""), ""),
        request_id=request.state.request_id,
        settings=settings_of(request),
        **context,
    )
    return HTMLResponse(text, int(status))


def go(path: str, *, done: str = "", place: str = "") -> RedirectResponse:
    """Send the browser on after a form, so that reloading repeats nothing.

    Args:
        place: of the page, that is shown first.
    """
    query = f"{'&' if '?' in path else '?'}{urlencode({'done': done})}" if done else ""
    fragment = f"#{place}" if place else ""
    return RedirectResponse(path + query + fragment, int(HTTPStatus.SEE_OTHER))
