"""A browser before a portal in this process."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
from fastapi import FastAPI

_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


class Browser:
    """A person at a browser: cookies kept, the form's token taken from the page before."""

    def __init__(self, app: FastAPI, url: str) -> None:
        self._app = app
        self._url = url
        self.cookies = httpx.Cookies()

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request; cookies stay, redirects are not followed."""
        return asyncio.run(self._send(method, path, request))

    async def _send(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url=self._url, cookies=self.cookies
        ) as client:
            answer = await client.request(method, path, **request)
            self.cookies = client.cookies
            return answer

    def get(self, path: str, **request: Any) -> httpx.Response:
        return self.send("GET", path, **request)

    def csrf(self, page: str) -> str:
        found = _CSRF.search(self.get(page).text)
        assert found is not None, page
        return found[1]

    def post(self, path: str, *, page: str = "/account", **fields: object) -> httpx.Response:
        """Fill in the form of `page` and send it."""
        return self.send("POST", path, data={"csrf": self.csrf(page), **fields})
