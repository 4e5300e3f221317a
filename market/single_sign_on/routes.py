"""How a portal user becomes an Airflow user. Mounted by Airflow under /auth.

POST /token   name and password, for programs: an access token
POST /code    a one-time code, for the platform: an access token
POST /sso     a one-time code from the portal's form: a cookie, and on to `next`
GET  /login   to the portal, which signs the user in and comes back by /sso

A code or a password travels in a body, never in an address, so no access log holds one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode

from airflow.api_fastapi.app import get_cookie_path
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.core_api.security import is_safe_url
from fastapi import FastAPI, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from crypto.secret import Secret
from market.errors import MarketError, NotPermitted
from market.ports.people import People
from market.records.sign_on_code import PLATFORM_USER, UsedCodes, redeem_code


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    username: str = Field(max_length=200)
    password: str = Field(max_length=1_000)


class Code(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=1_000)


class AccessToken(BaseModel):
    access_token: str


class SignOn:
    """The routes, and the codes redeemed so far.

    Args:
        people: opens the portal's users.
        token_of: makes an access token for a user id; raises NotPermitted for one that is
            not known or not active.
        secret: the codes' secret.
    """

    def __init__(
        self,
        people: Callable[[], People],
        token_of: Callable[[str], str],
        secret: Secret,
        portal_url: str,
    ) -> None:
        self._people = people
        self._token_of = token_of
        self._secret = secret
        self._portal_url = portal_url
        self._used = UsedCodes()

    def app(self) -> FastAPI:
        app = FastAPI(title="Sign-on", docs_url=None, redoc_url=None, openapi_url=None)
        app.add_exception_handler(MarketError, _refused)
        app.add_api_route("/token", self.token, methods=["POST"], status_code=201)
        app.add_api_route("/code", self.code, methods=["POST"], status_code=201)
        app.add_api_route("/sso", self.sso, methods=["POST"])
        app.add_api_route("/login", self.login, methods=["GET"])
        return app

    def token(self, body: Credentials) -> AccessToken:
        now = int(time.time())
        user = self._people().check_password(body.username, body.password, now=now)
        if user is None:
            raise NotPermitted(
                "sign-in-failed", "Name or password is wrong.", "Try again, or use the portal."
            )
        return AccessToken(access_token=self._token_of(user.user))

    def code(self, body: Code) -> AccessToken:
        return AccessToken(access_token=self._token_of(self._redeem(body.code)))

    def sso(
        self,
        request: Request,
        code: Annotated[str, Form(max_length=1_000)],
        next_: Annotated[str, Form(alias="next", max_length=2_000)] = "/",
    ) -> Response:
        user = self._redeem(code)
        if user == PLATFORM_USER:
            raise NotPermitted(
                "sign-on-code", "The platform has no pages to read.", "Sign in as yourself."
            )
        target = next_ if is_safe_url(next_, request=request) else "/"
        response = RedirectResponse(target, status_code=303)
        response.set_cookie(
            COOKIE_NAME_JWT_TOKEN,
            self._token_of(user),
            path=get_cookie_path(),
            secure=request.base_url.scheme == "https" or self._portal_url.startswith("https:"),
            httponly=True,
            samesite="lax",
        )
        return response

    def login(self, next_: Annotated[str, Query(alias="next", max_length=2_000)] = "/") -> Response:
        """The portal's own session decides; this page asks for nothing."""
        return RedirectResponse(f"{self._portal_url}/airflow?{urlencode({'next': next_})}", 303)

    def _redeem(self, code: str) -> str:
        return redeem_code(self._secret.reveal(), code, int(time.time()), self._used)


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, MarketError):
        raise error
    status = 401 if isinstance(error, NotPermitted) else 429
    return JSONResponse({"code": error.code, "detail": str(error)}, status)
