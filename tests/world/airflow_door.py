"""Airflow's door in this process: the real auth manager and its routes, over a portal's market.

No Airflow server runs: the manager signs and reads tokens, and the routes answer, as they do inside
the api-server. End-to-end tests ask the whole Airflow.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import jwt
import structlog

from market.airflow.sign_on_code import browser_mark
from market.settings import Settings
from world.browser import Browser
from world.memory.shared_state import MemoryRedeemedCodes
from world.portal_market import PortalMarket


@contextmanager
def _logging_kept() -> Iterator[None]:
    """Airflow sets up logging and warnings when it is imported; other tests have theirs."""
    kept, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.captureWarnings(False)
    structlog.configure(**kept)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="market-airflow-"))
os.environ.setdefault("AIRFLOW__API_AUTH__JWT_SECRET", secrets.token_hex(64))
with _logging_kept():
    from market.airflow.single_sign_on.auth_manager import MarketAuthManager, MarketUser

AIRFLOW = "http://127.0.0.1:8421"
COOKIE = "_token"


class HouseAuthManager(MarketAuthManager):
    """The auth manager over the people of a market, under the market's clock."""

    def __init__(self, market: PortalMarket) -> None:
        super().__init__()
        self._market = market
        self._codes = MemoryRedeemedCodes()

    @property
    def _settings(self) -> Settings:  # type: ignore[override]
        return self._market.settings

    def _people(self) -> Any:
        return self._market.platform.people

    def _consortia(self) -> Any:
        return self._market.platform.consortia

    def _redeemed(self) -> Any:
        return self._codes

    def _now(self) -> int:
        return self._market.now


class Door:
    """What of Airflow stands between a browser and its pages."""

    def __init__(self, market: PortalMarket) -> None:
        self.market = market
        self.manager = HouseAuthManager(market)
        self.app = self.manager.get_fastapi_app()

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request to the routes under /auth."""
        return asyncio.run(self._send(method, path, request))

    async def _send(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        transport, cookies = httpx.ASGITransport(self.app), request.pop("cookies", None)
        async with httpx.AsyncClient(
            transport=transport, base_url=AIRFLOW, cookies=cookies
        ) as client:
            return await client.request(method, path, **request)

    def mark(self, browser: Browser) -> None:
        """Airflow's login page, which marks a browser; cookies do not tell ports apart."""
        browser.cookies.update(self.send("GET", "/login").cookies)

    def code_for(self, browser: Browser) -> str:
        """The code that the portal's page hands to a marked browser."""
        mark = browser_mark(browser.cookies["market_browser"])
        page = browser.get(f"/airflow?browser={mark}").text
        return page.partition('name="code" value="')[2].partition('"')[0]

    def hand_over(
        self, browser: Browser, code: str, *, origin: str | None = None
    ) -> httpx.Response:
        """The portal's form, as this browser posts it from a page of `origin`."""
        headers = {"Origin": self.market.settings.portal_url if origin is None else origin}
        cookies = {"market_browser": browser.cookies.get("market_browser", "")}
        return self.send("POST", "/sso", data={"code": code}, headers=headers, cookies=cookies)

    def signed_on(self, browser: Browser) -> str:
        """The token of a browser that went the whole way."""
        self.mark(browser)
        answer = self.hand_over(browser, self.code_for(browser))
        assert answer.status_code == 303, answer.text
        return answer.cookies[COOKIE]

    def user_of(self, token: str) -> MarketUser:
        """Whom a token lets in (raises ValueError for nobody)."""
        claims = jwt.decode(token, options={"verify_signature": False})
        return self.manager.deserialize_user(claims)

    def lets_in(self, token: str) -> bool:
        try:
            self.user_of(token)
        except ValueError:
            return False
        return True
