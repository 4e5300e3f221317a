"""A market's portal on a loopback port, and the real browser that looks at its pages."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from world.people import PASSWORD
from world.portal_market import PortalMarket

M = TypeVar("M", bound=PortalMarket)
CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def browsing() -> Iterator[Browser]:
    """Chromium, while it is needed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def served(kind: type[M], home: Path) -> Iterator[M]:
    """A market whose portal answers on loopback, at `market.settings.portal_url`."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        market = kind(home=home, public_url=url)
        config = uvicorn.Config(market.app, log_level="error", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield market
        finally:
            server.should_exit = True
            thread.join()


def sign_in(page: Page, market: PortalMarket, name: str) -> None:
    """As a person does, by the form."""
    page.goto(f"{market.settings.portal_url}/sign-in")
    page.get_by_label("User").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Catalogue").wait_for()
