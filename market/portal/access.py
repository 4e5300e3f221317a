"""Who is asking. A bearer token speaks for the API; a session cookie for pages and for the API's
reads from them. Every unsafe request under a cookie needs the session's CSRF token."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Annotated

from fastapi import Depends, Request

from market.errors import NotPermitted
from market.portal.problems import NotSignedIn
from market.ports.people import Role, User
from market.services.platform import Platform

SESSION_COOKIE = "market_session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def platform_of(request: Request) -> Platform:
    platform: Platform = request.app.state.platform
    return platform


def clock(_request: Request) -> int:
    return int(time.time())


PlatformHere = Annotated[Platform, Depends(platform_of)]
Now = Annotated[int, Depends(clock)]


def csrf_token(session: str) -> str:
    """A token only the holder of the session can know: derived, so nothing more is stored."""
    return hmac.new(session.encode(), b"market/csrf/1", hashlib.sha256).hexdigest()


def session_user(request: Request, platform: PlatformHere, now: Now) -> User | None:
    """The signed-in user of a page, or None."""
    session = request.cookies.get(SESSION_COOKIE)
    return platform.people.session_user(session, now=now) if session else None


def check_csrf(request: Request, sent: str) -> None:
    """Raises NotPermitted unless `sent` is the session's CSRF token."""
    session = request.cookies.get(SESSION_COOKIE, "")
    if not hmac.compare_digest(sent, csrf_token(session)):
        raise NotPermitted(
            "csrf-token", "The form's token does not fit your session.", "Load the page again."
        )


def bearer(request: Request, platform: PlatformHere, now: Now) -> tuple[User, tuple[str, ...]]:
    """The user and scopes behind a request to the API.

    Raises:
        NotSignedIn: no token, no session, or neither is alive.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        found = platform.people.token_user(token, now=now)
        if found is None:
            raise NotSignedIn
        return found
    user = session_user(request, platform, now)
    if user is None:
        raise NotSignedIn
    if request.method not in _SAFE:
        check_csrf(request, request.headers.get("x-csrf", ""))
    return user, ("client", "owner")


Caller = Annotated[tuple[User, tuple[str, ...]], Depends(bearer)]


def require_scope(caller: tuple[User, tuple[str, ...]], scope: str) -> User:
    """Raises NotPermitted when the caller's token lacks the scope."""
    user, scopes = caller
    if scope not in scopes:
        raise NotPermitted(
            "token-scope",
            f"The token has the scopes {', '.join(scopes) or 'none'}; {scope} is needed.",
            f"Make another: market login --scope {scope}.",
        )
    return user


def require_role(user: User, role: Role) -> None:
    """Raises NotPermitted when the user lacks the role."""
    if role not in user.roles:
        raise NotPermitted(
            "role-missing",
            f"User {user.user} has the roles {', '.join(user.roles)}; {role} is needed.",
            "Ask the administrator of the portal.",
        )
