"""Another program of this machine serves a page on loopback, and looks at what a browser shows it:
a cookie for 127.0.0.1 would go to every port there is (RFC 6265, 8.5)."""

from __future__ import annotations

from pathlib import Path

import httpx
from world.desk_browser import PORT, DeskBrowser


def test_neighbour_is_shown_no_cookie_and_lets_itself_in_nowhere(tmp_path: Path) -> None:
    browser = DeskBrowser.at(tmp_path)
    assert browser.get("/").status_code == 200
    asked = httpx.Request("GET", f"http://127.0.0.1:{PORT + 1}/")
    browser.cookies.set_cookie_header(asked)
    shown = asked.headers.get("cookie", "")
    browser.cookies.clear()
    assert shown == ""
    assert browser.get("/", headers={"cookie": shown}).status_code == 403
    browser.desk.close()
