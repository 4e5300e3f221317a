"""The one-time link of a desk is found in a terminal's history or a browser's, and opened anew."""

from __future__ import annotations

from pathlib import Path

from world.desk_browser import DeskBrowser

from market.desk.desk import Desk


def test_second_browser_with_a_used_link_sees_nothing(tmp_path: Path) -> None:
    browser = DeskBrowser(Desk(tmp_path / "client", tmp_path / "agent"))
    token = browser.admission.new_link().rpartition("=")[2]
    assert browser.get(f"/enter?token={token}").status_code == 303
    assert browser.get("/").status_code == 200
    browser.cookies.clear()
    assert browser.get(f"/enter?token={token}").status_code == 403
    assert browser.get("/keys").status_code == 403
    browser.desk.close()
