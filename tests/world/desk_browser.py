"""A browser at a desk in this process: it has opened the one-time link."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import httpx

from market.desk.admission import Admission
from market.desk.app import create_desk
from market.desk.desk import Desk
from world.browser import Browser

PORT = 8425


class DeskBrowser(Browser):
    """Paths are the desk's own, as its pages write them behind their base."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.admission = Admission(PORT)
        super().__init__(create_desk(desk, self.admission), f"http://127.0.0.1:{PORT}")
        self.base = self.admission.base

    @classmethod
    def at(cls, root: Path) -> DeskBrowser:
        """At the desk of the homes `client` and `agent` in a folder, let in."""
        browser = cls(Desk(root / "client", root / "agent"))
        assert browser.enter().status_code == 303
        return browser

    def enter(self) -> httpx.Response:
        """Open a new link."""
        link = urlsplit(self.admission.new_link())
        return super().send("GET", f"{link.path}?{link.query}")

    def send(self, method: str, path: str, **request: object) -> httpx.Response:
        return super().send(method, self.base + path, **request)

    def post(self, path: str, *, page: str = "/", **fields: object) -> httpx.Response:
        return super().post(path, page=page, **fields)

    def place(self, answer: httpx.Response) -> str:
        """Where a form leads on, without the base."""
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].removeprefix(self.base)
