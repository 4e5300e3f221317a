"""Who is asking. A bearer token speaks for the API; a session cookie for pages and for the API's
reads from them. Every unsafe request under a cookie needs the session's CSRF token.

Before anybody is signed in, forms are bound to a random visit cookie in the same way. Under https
both cookies carry the `__Host-` prefix, so that no neighbouring host can plant one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from typing import Annotated, Final

from fastapi import Depends, Request, Response
from starlette.datastructures import UploadFile

from market.entities.people import Caller, User
from market.errors import NotPermitted, Refused
from market.log import learn
from market.portal.client_names import client_name
from market.portal.networks import network_of
from market.portal.problems import NotSignedIn
from market.portal.request_rates import RequestRates
from market.services.authorize import require_administrator
from market.services.people.identify_caller import (
    caller_of_session,
    caller_of_token,
    user_of_session,
)
from market.services.platform import Platform
from market.settings import Settings

CSRF_FIELD = "csrf"
_SESSION = "market_session"
_VISIT = "market_visit"
_NO_CHARACTER = "\ufffd"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def platform_of(request: Request) -> Platform:
    """The platform this portal stands before."""
    platform: Platform = request.app.state.platform
    return platform


def settings_of(request: Request) -> Settings:
    """What its operator has set."""
    settings: Settings = request.app.state.settings
    return settings


def unix_time() -> int:
    """The time of day, in unix seconds."""
    return int(time.time())


def now_of(request: Request) -> int:
    """The portal's clock, in unix seconds."""
    now: int = request.app.state.clock()
    return now


def asked_from(request: Request) -> str:
    """The network that a request comes from (market.portal.networks)."""
    peer = request.client.host if request.client else ""
    trusted = settings_of(request).portal_trusted_proxies
    return network_of(peer, request.headers.getlist("x-forwarded-for"), trusted)


PlatformHere = Annotated[Platform, Depends(platform_of)]
SettingsHere = Annotated[Settings, Depends(settings_of)]
Now = Annotated[int, Depends(now_of)]
AskedFrom = Annotated[str, Depends(asked_from)]


def client_of(request: Request) -> str:
    """What the sender will know this client by; empty when it is none that is known."""
    return client_name(request.headers.get("user-agent", ""))


def is_https(settings: Settings) -> bool:
    """Whether people reach the portal under TLS; cookies are then for TLS only."""
    return settings.portal_url.startswith("https:")


def _cookie_name(request: Request, name: str) -> str:
    return f"__Host-{name}" if is_https(settings_of(request)) else name


def session_of(request: Request) -> str:
    """The session's secret id as the browser sent it, or an empty string."""
    return request.cookies.get(_cookie_name(request, _SESSION), "")


def set_session(request: Request, response: Response, session: str) -> None:
    """Give the browser its session; the visit before it ends."""
    _set_cookie(request, response, _SESSION, session)
    _delete_cookie(request, response, _VISIT)


def forget_session(request: Request, response: Response) -> None:
    """Take the session's cookie back from the browser."""
    _delete_cookie(request, response, _SESSION)


def visit_of(request: Request) -> str:
    """What forms are bound to before sign-in: the visit cookie, or a fresh one for this answer."""
    known: str = getattr(request.state, "visit", "") or request.cookies.get(
        _cookie_name(request, _VISIT), ""
    )
    request.state.visit = known or secrets.token_urlsafe(32)
    return str(request.state.visit)


def set_visit(request: Request, response: Response) -> None:
    """Give a browser nobody is signed in with what its forms are bound to."""
    _set_cookie(request, response, _VISIT, visit_of(request))


def _set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    response.set_cookie(
        _cookie_name(request, name),
        value,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_https(settings_of(request)),
    )


def _delete_cookie(request: Request, response: Response, name: str) -> None:
    response.delete_cookie(
        _cookie_name(request, name),
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_https(settings_of(request)),
    )


def csrf_token(session: str) -> str:
    """A token only the holder of the session can know: derived, so nothing more is stored."""
    return hmac.new(session.encode(), b"market/csrf/1", hashlib.sha256).hexdigest()


def _welcome(request: Request, user: User, now: int) -> None:
    """Tell the log whose request this is, and count it, once (raises TooMany)."""
    if not getattr(request.state, "is_counted", False):
        request.state.is_counted = True
        learn(organisation=user.organisation)
        rates: RequestRates = request.app.state.rates
        rates.take(user.organisation, now=now)


def session_user(request: Request, platform: PlatformHere, now: Now) -> User | None:
    """The signed-in user of a page, or None (raises TooMany)."""
    user = user_of_session(platform, session_of(request), now=now)
    if user is not None:
        _welcome(request, user, now)
    return user


def signed_in(user: Annotated[User | None, Depends(session_user)]) -> User:
    """The user of a page nobody else may see. Raises NotSignedIn."""
    if user is None:
        raise NotSignedIn
    return user


def administrator(user: Annotated[User, Depends(signed_in)]) -> User:
    """The administrator of a page (raises NotSignedIn, or NotPermitted for anybody else)."""
    require_administrator(user)
    return user


Visitor = Annotated[User | None, Depends(session_user)]
Reader = Annotated[User, Depends(signed_in)]
Administrator = Annotated[User, Depends(administrator)]


def check_csrf(request: Request, sent: str) -> None:
    """That `sent` is the token of the session, or of the visit before sign-in.

    Raises:
        NotPermitted: it is not, or another site made the browser send the request.
    """
    bound_to = session_of(request) or request.cookies.get(_cookie_name(request, _VISIT), "")
    own_site = request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    if (
        not bound_to
        or not own_site
        or not hmac.compare_digest(sent.encode(), csrf_token(bound_to).encode())
    ):
        raise NotPermitted(
            "csrf-token", "The form's token does not fit your session.", "Load the page again."
        )


async def checked_form(request: Request) -> dict[str, list[str]]:
    """The fields of a page's form, once its CSRF token was found right.

    Raises:
        NotPermitted: the token is missing or of another session.
        Refused: the form holds a file, or bytes that are no text.
    """
    return await _checked_fields(request, maximum_fields=50)


async def checked_long_form(request: Request) -> dict[str, list[str]]:
    """The fields of a form with a line for each of many things (raises as `checked_form`)."""
    return await _checked_fields(request, maximum_fields=4_000)


async def _checked_fields(request: Request, *, maximum_fields: int) -> dict[str, list[str]]:
    async with request.form(max_files=0, max_fields=maximum_fields) as form:
        return checked_texts(request, form.multi_items())


def checked_texts(
    request: Request, items: Iterable[tuple[str, str | UploadFile]]
) -> dict[str, list[str]]:
    """What a form says, by field, once its CSRF token was found right (raises as `checked_form`).

    Where a file is expected, it is not among the items.
    """
    fields: dict[str, list[str]] = {}
    for name, value in items:
        if isinstance(value, UploadFile):
            raise Refused("form-malformed", f"Field {name!r} is a file.", "Load the page again.")
        if _NO_CHARACTER in value:
            # Whoever decoded the form put it where bytes were no UTF-8.
            raise Refused("form-malformed", f"Field {name!r} is no UTF-8.", "Type it again.")
        fields.setdefault(name, []).append(value)
    check_csrf(request, (fields.get(CSRF_FIELD) or [""])[0])
    return fields


CheckedForm = Annotated[dict[str, list[str]], Depends(checked_form)]
LongForm = Annotated[dict[str, list[str]], Depends(checked_long_form)]
CSRF_CHECKED: Final = Depends(checked_form)
"""Of a route whose form says nothing but that its sender means it."""


def field(form: dict[str, list[str]], name: str, *, maximum_characters: int) -> str:
    """One field of a form, stripped.

    Raises:
        Refused: it is missing, empty or too long.
    """
    value = (form.get(name) or [""])[0].strip()
    if not 1 <= len(value) <= maximum_characters:
        raise Refused(
            "form-incomplete",
            f"Field {name} has {len(value)} characters, expected 1 to {maximum_characters}.",
            "Go back and fill the field in.",
        )
    return value


def caller_of(request: Request, platform: PlatformHere, now: Now) -> Caller:
    """The caller of the API, by their token or their session.

    Raises:
        NotSignedIn: no token, no session, or neither is alive.
        NotPermitted: `csrf-token`: an unsafe request under a session lacks its CSRF token.
        TooMany: `too-many-requests`.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    is_token = scheme.lower() == "bearer" and token
    if is_token:
        found = caller_of_token(platform, token, now=now)
    else:
        found = caller_of_session(platform, session_of(request), now=now)
    if found is None:
        raise NotSignedIn
    if not is_token and request.method not in _SAFE:
        check_csrf(request, request.headers.get("x-csrf", ""))
    _welcome(request, found.user, now)
    return found


CallerHere = Annotated[Caller, Depends(caller_of)]
SIGNED_IN: Final = Depends(caller_of)
"""Of a route that answers everybody who is signed in alike."""
