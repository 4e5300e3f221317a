from __future__ import annotations

from pathlib import Path

import pytest
from world.browser import Browser
from world.people import PASSWORD
from world.portal_market import PortalMarket


def test_a_page_sends_a_stranger_to_sign_in_and_back(market: PortalMarket) -> None:
    browser = market.browser()
    asked = browser.get("/jobs?words=a%20b")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=/jobs%3Fwords%3Da%2520b"
    answer = browser.post(
        "/sign-in", page="/sign-in", user="bob", password=PASSWORD, next="/jobs?words=a%20b"
    )
    assert answer.headers["location"] == "/jobs?words=a%20b"
    assert browser.get("/jobs").status_code == 200


def test_a_wrong_password_gives_no_session(market: PortalMarket) -> None:
    browser = market.browser()
    answer = browser.post("/sign-in", page="/sign-in", user="bob", password="copper-lantern")
    assert answer.status_code == 403
    assert "User or password is wrong." in answer.text
    assert browser.get("/account").status_code == 303


def test_guessing_is_slowed_down(market: PortalMarket) -> None:
    browser = market.browser()
    for _ in range(5):
        browser.post("/sign-in", page="/sign-in", user="bob", password="wrong-password")
    answer = browser.post("/sign-in", page="/sign-in", user="bob", password=PASSWORD)
    assert answer.status_code == 429


def test_the_session_is_a_new_one_at_every_sign_in(market: PortalMarket) -> None:
    browser = market.browser("bob")
    first = browser.cookies["market_session"]
    browser.post("/sign-in", user="bob", password=PASSWORD)
    assert browser.cookies["market_session"] != first
    assert market.platform.people.session_user(first, now=market.now) is None


def test_a_session_planted_before_sign_in_is_not_taken_over(market: PortalMarket) -> None:
    browser = market.browser()
    browser.cookies.set("market_session", "planted", domain="127.0.0.1", path="/")
    browser.post("/sign-in", page="/sign-in", user="bob", password=PASSWORD)
    assert market.platform.people.session_user("planted", now=market.now) is None
    assert browser.cookies["market_session"] != "planted"


def test_signing_out_ends_the_session_on_the_server(market: PortalMarket) -> None:
    browser = market.browser("bob")
    session = browser.cookies["market_session"]
    answer = browser.post("/sign-out")
    assert answer.headers["location"] == "/sign-in?done=signed-out"
    assert market.platform.people.session_user(session, now=market.now) is None


def test_an_idle_session_ends(market: PortalMarket) -> None:
    browser = market.browser("bob")
    market.now += 3 * 3_600
    assert browser.get("/account").status_code == 303


def test_a_deactivated_user_is_out_at_once(market: PortalMarket) -> None:
    browser = market.browser("bob")
    market.platform.people.set_active("bob", False)
    assert browser.get("/account").status_code == 303


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "evil"]
)
def test_sign_in_leads_nowhere_else(market: PortalMarket, elsewhere: str) -> None:
    answer = market.browser().post(
        "/sign-in", page="/sign-in", user="bob", password=PASSWORD, next=elsewhere
    )
    assert answer.headers["location"] == "/"


def test_cookies_are_closed_to_scripts_and_other_sites(market: PortalMarket) -> None:
    answer = market.browser().get("/sign-in")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie


def test_under_https_cookies_are_bound_to_the_host(tmp_path: Path) -> None:
    market = PortalMarket(tmp_path, public_url="https://market.example")
    browser: Browser = market.browser("bob")
    assert "__Host-market_session" in browser.cookies
    cookie = market.browser().get("/sign-in").headers["set-cookie"]
    assert cookie.startswith("__Host-market_visit=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


def test_the_password_is_changed_with_the_old_one_only(market: PortalMarket) -> None:
    browser = market.browser("bob")
    refused = browser.post("/account/password", old="not-the-password", new="violet-anchor-7-moss")
    assert refused.status_code == 403
    changed = browser.post("/account/password", old=PASSWORD, new="violet-anchor-7-moss")
    assert changed.headers["location"] == "/sign-in?done=password-changed"
    assert browser.get("/account").status_code == 303
    people = market.platform.people
    assert people.check_password("bob", "violet-anchor-7-moss", now=market.now) is not None
