"""Sign-in, sign-out, and the one-time link that makes the first administrator."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from market.entities.people import Organisation
from market.errors import MarketError
from market.portal.access import (
    CSRF_CHECKED,
    CheckedForm,
    Now,
    PlatformHere,
    Visitor,
    field,
    forget_session,
    session_of,
    set_session,
)
from market.portal.pages import go, page
from market.portal.problems import status_of
from market.services import sign_in
from market.services.platform import Platform
from market.services.set_up import require_live_link, set_up

router = APIRouter(include_in_schema=False)

_PASSWORD_CHARACTERS = 1_000


@router.get("/sign-in")
def sign_in_form(
    request: Request, visitor: Visitor, next_: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """The form; whoever is signed in is led on."""
    if visitor:
        return go(_own_path(next_))
    return page(request, "sign_in.html", user=None, next=_own_path(next_), error=None, name="")


@router.post("/sign-in")
def begin(request: Request, platform: PlatformHere, now: Now, form: CheckedForm) -> Response:
    """Check the password; the session is a new one, whatever the browser had before."""
    following = _own_path((form.get("next") or ["/"])[0])
    name = (form.get("user") or [""])[0].strip()[:100]
    password = (form.get("password") or [""])[0][:_PASSWORD_CHARACTERS]
    try:
        session = sign_in.sign_in(platform, name, password, now=now)
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
    return _begin(request, platform, session, following)


@router.post("/sign-out", dependencies=[CSRF_CHECKED])
def end(request: Request, platform: PlatformHere) -> Response:
    """End the session, here and in the browser."""
    sign_in.sign_out(platform, session_of(request))
    response = go("/sign-in", done="signed-out")
    forget_session(request, response)
    return response


@router.get("/setup/{secret}")
def setup_form(request: Request, secret: str, platform: PlatformHere, now: Now) -> Response:
    """The form behind the one-time link (raises NotPermitted when the link has ended)."""
    require_live_link(platform, secret, now=now)
    return page(request, "setup.html", user=None, secret=secret, error=None, form={})


@router.post("/setup/{secret}")
def setup(
    request: Request, secret: str, platform: PlatformHere, now: Now, form: CheckedForm
) -> Response:
    """Make the first organisation and administrator, who is signed in; the link ends."""
    require_live_link(platform, secret, now=now)
    try:
        user = set_up(
            platform,
            secret,
            organisation=Organisation(
                field(form, "organisation", maximum_characters=100),
                field(form, "organisation_name", maximum_characters=200),
            ),
            user=field(form, "user", maximum_characters=100),
            name=field(form, "name", maximum_characters=200),
            password=field(form, "password", maximum_characters=_PASSWORD_CHARACTERS),
            now=now,
        )
    except MarketError as error:
        shown = {name: values[0][:200] for name, values in form.items() if name != "password"}
        return page(
            request,
            "setup.html",
            user=None,
            status=status_of(error),
            secret=secret,
            error=error,
            form=shown,
        )
    session = sign_in.sign_in_first(platform, user, now=now)
    return _begin(request, platform, session, "/administration")


def _begin(request: Request, platform: Platform, session: str, path: str) -> Response:
    if earlier := session_of(request):
        sign_in.sign_out(platform, earlier)
    response = go(path)
    set_session(request, response, session)
    return response


def _own_path(path: str) -> str:
    """A path of this portal, or its start: a link must not lead elsewhere after sign-in."""
    is_own = path.startswith("/") and not path.startswith("//") and path.isprintable()
    return path if is_own and "\\" not in path else "/"
