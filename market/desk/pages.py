"""How every page of a desk is made, and how its forms are read.

A redirect may carry `?done=<word>`; only words of `DONE` are shown.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment
from starlette.datastructures import UploadFile

from market.desk.admission import CSRF_FIELD, check_form, form_token
from market.desk.desk import Desk, Locked
from market.desk.failures import failure_of
from market.errors import (
    Conflict,
    MarketError,
    NotFound,
    NotPermitted,
    Refused,
    TooMany,
    Unavailable,
)

DONE = {
    "access-asked": "The owner has your request. Their answer shows here.",
    "agent-made": "Your agent was made. Keep a backup of it once your first table is listed.",
    "agent-rests": "Your agent rests. Questions wait until it runs again.",
    "agent-runs": "Your agent starts, and answers while this page’s program runs.",
    "agent-saved": "The agent is saved. Keep what opens the archive apart from it.",
    "approved": "You said yes, under your signature. Your agent goes on when the job does.",
    "cancelled": "The job is taken back. Nothing was spent.",
    "caught-up": "The agent is up to date: it publishes and answers.",
    "columns-found": "Its columns were found by their headers. No value was read.",
    "declaration-dropped": "The declaration is dropped. The table lies where it was.",
    "discarded": "Thrown away. Nothing was listed.",
    "granted": "The grant is signed: whoever holds that key may ask.",
    "identity-made": "Your key was made. It is kept on this machine, and nowhere else.",
    "identity-registered": "The portal knows your key now.",
    "key-destroyed": "Its keys are destroyed, and it is withdrawn.",
    "locked": "The passphrases are forgotten. The keys are closed.",
    "result-shared": "Sealed to them. They open it at their own desk.",
    "withdrawn-shared": "Taken back. Whoever has opened it keeps it.",
    "put-away-shared": "Put away. What you opened of it stays here.",
    "pinned": "The key is known to be right: you compared it.",
    "portal-told": "The portal has the newest edition of your listing now.",
    "program-made": "The program is made. Rehearse it as it is, or change it first.",
    "program-saved": "Saved.",
    "refused": "You said no, under your signature. The buyer reads why; nothing was spent.",
    "revoked": "The grant is taken back. What was released stays.",
    "signed": "Signed. The owner or their agent decides; the answer is computed on ciphertext.",
    "saved": "It is kept, as far as it goes.",
    "signed-in": "You are signed in.",
    "signed-out": "You are signed out. Keys and results stay on this machine.",
    "signed-out-here": "You are signed out here. The portal did not answer: end this machine’s "
    "token on your account page there.",
    "standing-changed": "Your agent has your word, and the portal, too.",
    "stopped": "It stops at its next step. Nothing is lost.",
    "submitted": "Submitted. The platform builds its plan now; then it waits for your signature.",
    "terms-changed": "Listed anew: your agent obeys the new terms, and the portal shows them.",
    "version-ended": "That version has ended: the portal deletes its ciphertext.",
    "unlocked": "The keys are open until you lock them, or `market ui` ends.",
}
_STATUS: dict[type[MarketError], int] = {
    TooMany: 429,
    Refused: 422,
    NotFound: 404,
    NotPermitted: 403,
    Conflict: 409,
    Unavailable: 503,
}
_MAXIMUM_FIELDS = 5_000


def desk_of(request: Request) -> Desk:
    """The desk of this process."""
    desk: Desk = request.app.state.desk
    return desk


DeskHere = Annotated[Desk, Depends(desk_of)]


def page(
    request: Request, template: str, *, status: int = HTTPStatus.OK, **context: Any
) -> HTMLResponse:
    """Render a template of the desk.

    Args:
        context: what this template shows beside the frame.
    """
    desk = desk_of(request)
    account = desk.account()
    templates: Environment = request.app.state.templates
    text = templates.get_template(template).render(
        path=request.url.path.removeprefix(request.app.state.base),
        done=DONE.get(request.query_params.get("done", ""), ""),
        csrf=form_token(request.state.session),
        account=account,
        currency=account.currency if account else "",
        has_agent=desk.has_agent,
        first_sights=desk.first_sights,
        under_way=desk.undertakings.under_way(),
        **context,
    )
    return HTMLResponse(text, int(status))


def problem_page(request: Request, error: MarketError) -> HTMLResponse:
    """The page of a problem: what happened, and what to do next."""
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    return page(request, "problem.html", status=status, error=error)


def answer_error(request: Request, raised: Exception) -> HTMLResponse | RedirectResponse:
    """A page of the problem; where keys are locked, the page that opens them."""
    error = failure_of(raised)
    if isinstance(error, Locked):
        here = request.url.path.removeprefix(request.app.state.base)
        back = here if request.method == "GET" else "/"
        return go(request, f"/unlock?whose={error.whose}&next={quote(back, safe='')}")
    if error.code == "not-signed-in" and request.method == "GET":
        return go(request, "/sign-in")
    return problem_page(request, error)


def go(request: Request, path: str, *, done: str = "") -> RedirectResponse:
    """Send the browser on after a form, so that reloading repeats nothing."""
    mark = "&" if "?" in path else "?"
    query = f"{mark}{urlencode({'done': done})}" if done else ""
    return RedirectResponse(request.app.state.base + path + query, int(HTTPStatus.SEE_OTHER))


async def checked_form(request: Request) -> dict[str, list[str]]:
    """The fields of a form of the desk's own.

    Raises:
        NotPermitted: `desk-form`. Refused: `form-malformed`: it holds a file.
    """
    fields: dict[str, list[str]] = {}
    for name, value in (await request.form(max_files=0, max_fields=_MAXIMUM_FIELDS)).multi_items():
        if isinstance(value, UploadFile):
            raise Refused("form-malformed", f"Field {name!r} is a file.", "Load the page again.")
        fields.setdefault(name, []).append(value)
    check_form(request.headers, request.state.session, (fields.get(CSRF_FIELD) or [""])[0])
    return fields


Form = Annotated[dict[str, list[str]], Depends(checked_form)]
FORM_CHECKED: Final = Depends(checked_form)
"""Of a route whose form says nothing but that its sender means it."""


def field(form: dict[str, list[str]], name: str) -> str:
    """One field of a form, without the space around it that every door passes over; empty when it
    is not there."""
    return (form.get(name) or [""])[0].strip(" \t\r\n")
