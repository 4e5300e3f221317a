"""Nobody is heard at a desk but the browser that opened its one-time link."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.desk_browser import PORT, DeskBrowser

from market.desk.desk import Desk


@pytest.fixture
def stranger(tmp_path: Path) -> DeskBrowser:
    return DeskBrowser(Desk(tmp_path / "client", tmp_path / "agent"))


def test_whoever_has_no_session_sees_no_page(stranger: DeskBrowser) -> None:
    answer = stranger.get("/")
    assert answer.status_code == 403
    assert "Press Enter" in answer.text or "press Enter" in answer.text


def test_a_link_is_good_once(stranger: DeskBrowser) -> None:
    token = stranger.admission.new_link().rpartition("=")[2]
    assert stranger.get(f"/enter?token={token}").status_code == 303
    assert stranger.get("/").status_code == 200
    stranger.cookies.clear()
    assert stranger.get(f"/enter?token={token}").status_code == 403


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_made_up_link_lets_nobody_in(stranger: DeskBrowser, token: str) -> None:
    assert stranger.get(f"/enter?token={token}").status_code == 403
    assert stranger.get("/").status_code == 403


def test_the_cookie_is_for_the_desks_own_path_and_no_script(stranger: DeskBrowser) -> None:
    """A cookie for the host would go to every server on this machine."""
    told = stranger.enter().headers["set-cookie"]
    assert f"Path={stranger.base}/" in told
    assert "HttpOnly" in told
    assert "samesite=strict" in told.lower()
    assert len(stranger.base) > len("/desk-") + 15


@pytest.mark.parametrize("host", ["market.example.org", f"evil.example:{PORT}", "127.0.0.1:1", ""])
def test_another_host_is_not_answered(browser: DeskBrowser, host: str) -> None:
    """DNS rebinding: a stranger's name leads to loopback, in the browser that was let in."""
    assert browser.get("/", headers={"host": host}).status_code == 421


def test_a_path_without_the_base_is_not_there(browser: DeskBrowser) -> None:
    base, browser.base = browser.base, ""
    assert browser.get("/").status_code == 404
    assert browser.get(f"{base}x/").status_code == 404


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_a_form_of_another_site_changes_nothing(browser: DeskBrowser, site: str) -> None:
    form = {"csrf": browser.csrf("/keys"), "passphrase": "", "again": ""}
    answer = browser.send("POST", "/keys/new", data=form, headers={"sec-fetch-site": site})
    assert answer.status_code == 403
    assert not browser.desk.has_identity


def test_a_form_without_its_token_changes_nothing(browser: DeskBrowser) -> None:
    answer = browser.send("POST", "/keys/new", data={"csrf": "0" * 64})
    assert answer.status_code == 403
    assert not browser.desk.has_identity


def test_pages_run_no_script_but_their_own_and_are_kept_nowhere(browser: DeskBrowser) -> None:
    answer = browser.get("/")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
