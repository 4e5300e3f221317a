"""Whatever fails, a page says what, and what to do next; none is a bare "Internal Server Error"."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs
from world.desk_browser import DeskBrowser
from world.loopback import free_port

from market.client.kept.home import Account
from market.desk.desk import Desk
from market.desk.edge import HEADERS


def says(answer: httpx.Response, status: int, code: str) -> bool:
    return answer.status_code == status and f"market explain {code}" in answer.text


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "client").write_text("a file where a folder should be")
    browser = DeskBrowser.at(tmp_path)
    made = browser.post("/keys/new", page="/keys", passphrase="", again="")
    assert says(made, 503, "file-failed")
    assert str(tmp_path / "client") in made.text


def test_a_damaged_account_leads_to_signing_in(browser: DeskBrowser) -> None:
    client = browser.desk.client
    browser.desk.keyring.make_identity(None)
    (client.path / "client.toml").write_bytes(b"\xff half a li")
    assert "Sign in" in browser.get("/").text
    assert browser.get("/sign-in").status_code == 200
    assert says(browser.get("/jobs"), 422, "account-damaged")


def test_what_nobody_foresaw_is_logged_and_told_under_the_same_headers(
    browser: DeskBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_desk: Desk) -> None:
        raise ZeroDivisionError("of a row")

    monkeypatch.setattr(Desk, "public_key", fail)
    with capture_logs() as logged:
        answer = browser.get("/keys")
    assert says(answer, 503, "desk-failed")
    assert "of a row" not in answer.text
    assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
    assert [line["event"] for line in logged] == ["desk.work-failed"]


def test_a_request_that_is_not_understood_is_answered_by_a_page(browser: DeskBrowser) -> None:
    assert says(browser.get(f"/datasets?words={'a' * 300}"), 422, "request-malformed")


def test_own_keys_are_shown_while_the_portal_is_away(browser: DeskBrowser) -> None:
    client = browser.desk.client
    client.save_account(Account(f"http://127.0.0.1:{free_port()}", "olga", "mkt_none", "00" * 32))
    made = browser.post("/keys/new", page="/keys", passphrase="", again="")
    assert browser.place(made) == "/keys?done=identity-made"
    shown = browser.get("/keys")
    assert shown.status_code == 200
    assert "Read the words out" in shown.text
    assert "is not seen now" in shown.text
