"""A stranger's name leads to loopback (DNS rebinding): their page would then read a desk's pages as
its own, in the very browser that was let in."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.desk_browser import PORT, DeskBrowser


@pytest.mark.parametrize("host", [f"evil.example:{PORT}", "evil.example", "127.0.0.1:1"])
def test_request_in_another_hosts_name_is_told_nothing(tmp_path: Path, host: str) -> None:
    browser = DeskBrowser.at(tmp_path)
    told = browser.get("/keys", headers={"host": host})
    assert told.status_code == 421
    assert "csrf" not in told.text
    browser.desk.close()
