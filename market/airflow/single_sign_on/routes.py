"""How a portal user becomes an Airflow user. Mounted by Airflow under /auth.

POST /token   name and password, for programs: an access token, which opens a session of its own
POST /code    a one-time code, for the platform: an access token
POST /sso     a one-time code from the portal's form: a cookie, and on to `next`
GET  /login   to the portal, which signs the user in and comes back by /sso

A code or a password travels in a body, never in an address, so no access log holds one. Nobody else
signs a browser on (login CSRF): /sso takes a form of the portal's own pages only, with a code the
portal issued to this very browser, which /login had marked by a cookie.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from airflow.api_fastapi.app import get_cookie_path
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.core_api.security import is_safe_url
from fastapi import FastAPI, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from crypto.secret import RotatedSecret
from market.airflow.sign_on_code import (
    SignOnCode,
    browser_mark,
    redeem_code,
)
from market.errors import MarketError, NotPermitted, Unavailable
from market.ports.people import People, hash_of
from market.ports.shared_state import RedeemedCodes

_BROWSER_COOKIE = "market_browser"
_BROWSER_SECONDS = 600


class Credentials(BaseModel):
    """What POST /token takes."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(max_length=200)
    password: str = Field(max_length=1_000)


class Code(BaseModel):
    """What POST /code takes."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=1_000)


class AccessToken(BaseModel):
    """What both answer."""

    access_token: str


class SignOn:
    """The routes.

    Args:
        people: opens the portal's users.
        used: opens the codes that were redeemed, by whichever process.
        token_of: makes an access token for a user id and the hash of a session; raises
            NotPermitted when one of them is no longer good.
        secret: the codes' secret.
        clock: unix seconds.
    """

    def __init__(
        self,
        people: Callable[[], People],
        used: Callable[[], RedeemedCodes],
        token_of: Callable[[str, str], str],
        secret: RotatedSecret,
        portal_url: str,
        clock: Callable[[], int],
    ) -> None:
        self._people = people
        self._token_of = token_of
        self._secret = secret
        self._portal_url = portal_url
        self._clock = clock
        self._used = used

    def app(self) -> FastAPI:
        """The routes, with errors of ours as JSON."""
        app = FastAPI(title="Sign-on", docs_url=None, redoc_url=None, openapi_url=None)
        app.add_exception_handler(MarketError, _refused)
        app.add_api_route("/token", self.token, methods=["POST"], status_code=201)
        app.add_api_route("/code", self.code, methods=["POST"], status_code=201)
        app.add_api_route("/sso", self.sso, methods=["POST"])
        app.add_api_route("/login", self.login, methods=["GET"])
        return app

    def token(self, body: Credentials) -> AccessToken:
        """An access token for a name and a password, over a session of its own.

        Raises:
            NotPermitted: `sign-in-failed`; the user is not active.
        """
        session = self._people().sign_in(body.username, body.password, now=self._clock())
        if session is None:
            raise NotPermitted(
                "sign-in-failed", "Name or password is wrong.", "Try again, or use the portal."
            )
        return AccessToken(access_token=self._token_of(body.username, hash_of(session)))

    def code(self, body: Code) -> AccessToken:
        """An access token for a one-time code of the platform's.

        Raises:
            NotPermitted: `sign-on-code`, or the user or session is no longer good.
        """
        redeemed = self._redeem(body.code, browser="")
        return AccessToken(access_token=self._token_of(redeemed.user, redeemed.session))

    def sso(
        self,
        request: Request,
        code: Annotated[str, Form(max_length=1_000)],
        next_: Annotated[str, Form(alias="next", max_length=2_000)] = "/",
    ) -> Response:
        """Sign this browser on by the portal's form, and go on to `next`, if that lies here.

        Raises:
            NotPermitted: `sign-on-cross-site`: the form is not the portal's; `sign-on-browser`:
                the browser was not marked; `sign-on-code`: the code is not good for it.
        """
        self._require_portal(request)
        redeemed = self._redeem(code, browser=self._mark_of(request))
        target = next_ if is_safe_url(next_, request=request) else "/"
        response = RedirectResponse(target, status_code=303)
        response.set_cookie(
            COOKIE_NAME_JWT_TOKEN,
            self._token_of(redeemed.user, redeemed.session),
            path=get_cookie_path(),
            secure=request.base_url.scheme == "https" or self._is_https,
            httponly=True,
            samesite="lax",
        )
        return response

    def login(
        self,
        request: Request,
        next_: Annotated[str, Query(alias="next", max_length=2_000)] = "/",
    ) -> Response:
        """Mark the browser and send it to the portal, whose own session decides.

        A browser keeps its mark for a while, so that two tabs do not disturb each other.
        """
        cookie = request.cookies.get(self._cookie_name) or secrets.token_urlsafe(32)
        query = urlencode({"next": next_, "browser": browser_mark(cookie)})
        response = RedirectResponse(f"{self._portal_url}/airflow?{query}", 303)
        response.set_cookie(
            self._cookie_name,
            cookie,
            max_age=_BROWSER_SECONDS,
            path="/",
            secure=self._is_https,
            httponly=True,
            # The portal's form may come from another site; without TLS there is no such cookie.
            samesite="none" if self._is_https else "lax",
        )
        return response

    @property
    def _is_https(self) -> bool:
        return self._portal_url.startswith("https:")

    @property
    def _cookie_name(self) -> str:
        # The prefix keeps neighbouring hosts from planting a mark they know.
        return f"__Host-{_BROWSER_COOKIE}" if self._is_https else _BROWSER_COOKIE

    def _mark_of(self, request: Request) -> str:
        cookie = request.cookies.get(self._cookie_name, "")
        if not cookie:
            raise NotPermitted(
                "sign-on-browser",
                "This browser did not ask to sign on here, or took too long.",
                "Open Airflow from the portal, and let both set cookies.",
            )
        return browser_mark(cookie)

    def _require_portal(self, request: Request) -> None:
        """Browsers name the page's origin with every form they post; no page can change it."""
        origin = request.headers.get("origin", "")
        if origin != origin_of(self._portal_url):
            raise NotPermitted(
                "sign-on-cross-site",
                f"The form came from {origin[:200] or 'nowhere'}, expected {self._portal_url}.",
                "Open the portal at that address, and Airflow from there.",
            )

    def _redeem(self, code: str, *, browser: str) -> SignOnCode:
        return redeem_code(self._secret(), code, self._clock(), self._used(), browser=browser)


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as browsers send them in `Origin`."""
    parts = urlsplit(url.lower())
    usual_port = ":443" if parts.scheme == "https" else ":80"
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual_port)}"


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, MarketError):
        raise error
    status = 429
    if isinstance(error, NotPermitted):
        status = 401
    elif isinstance(error, Unavailable):
        status = 503
    return JSONResponse({"code": error.code, "detail": str(error)}, status)
