"""Sign-in and sign-out."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from market.errors import MarketError
from market.portal.access import (
    CSRF_CHECKED,
    AskedFrom,
    CheckedForm,
    Now,
    PlatformHere,
    Visitor,
    client_of,
    forget_session,
    session_of,
    set_session,
)
from market.portal.pages.page import go, page
from market.portal.problems import status_of
from market.services.people import sign_in
from market.services.platform import Platform

router = APIRouter(include_in_schema=False)

PASSWORD_CHARACTERS: Final = 1_000


@router.get("/sign-in")
def sign_in_form(
    request: Request, visitor: Visitor, next_: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """The form; whoever is signed in is led on."""
    if visitor:
        return go(_own_path(next_))
    return page(request, "sign_in.html", user=None, next=_own_path(next_), error=None, name="")


@router.post("/sign-in")
def begin(
    request: Request, platform: PlatformHere, network: AskedFrom, now: Now, form: CheckedForm
) -> Response:
    """Check the password; the session is a new one, whatever the browser had before."""
    following = _own_path((form.get("next") or ["/"])[0])
    name = (form.get("user") or [""])[0].strip()[:100]
    password = (form.get("password") or [""])[0][:PASSWORD_CHARACTERS]
    try:
        session = sign_in.sign_in(
            platform, name, password, network=network, now=now, client=client_of(request)
        )
    except MarketError as error:
        return page(
            request,
            "sign_in.html",
            user=None,
            status=status_of(error),
            next=following,
            error=error,
            name=name,
        )
    return enter(request, platform, session, following)


@router.post("/sign-out", dependencies=[CSRF_CHECKED])
def end(request: Request, platform: PlatformHere) -> Response:
    """End the session, here and in the browser."""
    sign_in.sign_out(platform, session_of(request))
    response = go("/sign-in", done="signed-out")
    forget_session(request, response)
    return response


def enter(request: Request, platform: Platform, session: str, path: str) -> Response:
    """Lead a browser on under a new session; the one it had before ends."""
    if earlier := session_of(request):
        sign_in.sign_out(platform, earlier)
    response = go(path)
    set_session(request, response, session)
    return response


def _own_path(path: str) -> str:
    """A path of this portal, or its start: a link must not lead elsewhere after sign-in."""
    is_own = path.startswith("/") and not path.startswith("//") and path.isprintable()
    return path if is_own and "\\" not in path else "/"
