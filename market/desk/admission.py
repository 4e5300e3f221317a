"""Whose requests a desk hears: those of the browser that opened its one-time link.

The desk listens on loopback, which every program and every page on the machine can reach. So

1. a link holds a token that is good once; what follows is a cookie that no script can read;
2. everything lies under a path nobody else knows, and the cookie is for that path alone: a cookie
   for 127.0.0.1 would go to every server of this machine, whatever its port (RFC 6265, 8.5);
3. a request that names another host is not answered: a stranger's name may lead here (DNS
   rebinding);
4. whatever changes something needs the form's token besides, and comes from the desk's own pages.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from threading import Lock

from starlette.datastructures import Headers

from market.errors import NotPermitted

COOKIE = "market_desk"
CSRF_FIELD = "csrf"
_OWN_SITE = ("same-origin", "none")


class Admission:
    """Who may come in, for as long as the desk runs.

    Args:
        port: where it listens.
    """

    def __init__(self, port: int) -> None:
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self.base = f"/desk-{secrets.token_hex(8)}"
        self._address = f"http://127.0.0.1:{port}{self.base}"
        self._tokens: set[str] = set()
        self._sessions: set[str] = set()
        self._lock = Lock()

    def new_link(self) -> str:
        """An address that lets one browser in, once."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens.add(token)
        return f"{self._address}/enter?token={token}"

    def enter(self, token: str) -> str:
        """The session of a browser that came by a link.

        Raises:
            NotPermitted: `desk-link`: no such link, or it was used.
        """
        with self._lock:
            if token not in self._tokens:
                raise NotPermitted(
                    "desk-link",
                    "This link was used already, or was never given.",
                    "Press Enter where `market ui` runs: it shows a new one.",
                )
            self._tokens.remove(token)
            session = secrets.token_urlsafe(32)
            self._sessions.add(session)
        return session

    def is_own_host(self, headers: Headers) -> bool:
        """Whether a request names this desk as its host."""
        return headers.get("host", "") in self._hosts

    def session_of(self, headers: Headers) -> str:
        """The live session of a request, or an empty string."""
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return ""
        sent = cookies[COOKIE].value if COOKIE in cookies else ""
        with self._lock:
            return sent if sent in self._sessions else ""


def form_token(session: str) -> str:
    """What a form of this session holds; nobody else can know it."""
    return hmac.new(session.encode(), b"market/desk/form/1", hashlib.sha256).hexdigest()


def check_form(headers: Headers, session: str, sent: str) -> None:
    """That a form is the desk's own.

    Raises:
        NotPermitted: `desk-form`: its token is missing or another, or another site sent it.
    """
    is_own = headers.get("sec-fetch-site", "same-origin") in _OWN_SITE
    if not is_own or not hmac.compare_digest(sent.encode(), form_token(session).encode()):
        raise NotPermitted(
            "desk-form", "The form is not one of this page's.", "Load the page again."
        )
