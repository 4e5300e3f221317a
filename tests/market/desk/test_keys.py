"""Keys and sign-in at a desk, before a portal on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from world.desk_browser import DeskBrowser
from world.live_market import LiveMarket, live_market
from world.people import BOB, PASSWORD

from market.client.kept.pins import find_pin
from market.records.fingerprint_words import words_of

pytestmark = pytest.mark.stories

PASSPHRASE = "several words of mine"


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    with live_market(tmp_path_factory.mktemp("market")) as market:
        market.people.add_user(replace(BOB, user="bea", identity_key=""), PASSWORD)
        yield market


def signed_in(market: LiveMarket, browser: DeskBrowser, **fields: str) -> int:
    given = {"url": market.url, "user": "bea", "password": PASSWORD, "words": ""}
    return browser.post("/sign-in", page="/sign-in", **{**given, **fields}).status_code


def test_from_nothing_to_a_key_the_portal_knows(market: LiveMarket, browser: DeskBrowser) -> None:
    assert "Make your key" in browser.get("/").text
    made = browser.post("/keys/new", page="/keys", passphrase=PASSPHRASE, again=PASSPHRASE)
    assert browser.place(made).startswith("/keys")
    assert "Sign in" in browser.get("/").text
    words = words_of(market.platform.identity.public.fingerprint())
    assert signed_in(market, browser, words=words) == 303
    assert "Nothing waits for you" in browser.get("/").text
    key = browser.desk.public_key()
    assert key is not None
    assert market.platform.people.user("bea").identity_key == key.hex
    pin = find_pin(browser.desk.client, "platform", market.url)
    assert pin is not None
    assert pin.is_compared
    assert "not compared" not in browser.get("/keys").text


def test_a_portal_with_other_words_is_not_signed_in_to(
    market: LiveMarket, browser: DeskBrowser
) -> None:
    assert signed_in(market, browser, words=words_of("0" * 64)) == 422
    assert browser.desk.account() is None


@pytest.mark.parametrize("portal", ["there", "away", "has ended the token"])
def test_sign_out_is_on_every_page_and_forgets_the_token(
    market: LiveMarket, browser: DeskBrowser, portal: str
) -> None:
    assert "/sign-out" not in browser.get("/keys").text
    assert signed_in(market, browser) == 303
    assert f'action="{browser.base}/sign-out"' in browser.get("/keys").text
    home, account = browser.desk.client, browser.desk.client.account()
    if portal == "away":
        home.save_account(replace(account, url="http://127.0.0.1:9"))
    if portal == "has ended the token":
        home.save_account(replace(account, token="another"))
    done = "signed-out-here" if portal == "away" else "signed-out"
    answer = browser.post("/sign-out", page="/keys")
    assert browser.place(answer) == f"/sign-in?done={done}"
    assert "You are signed out" in browser.get(browser.place(answer)).text
    assert browser.desk.account() is None


def test_keys_under_a_passphrase_ask_for_it_once(browser: DeskBrowser) -> None:
    browser.post("/keys/new", page="/keys", passphrase=PASSPHRASE, again=PASSPHRASE)
    browser.post("/lock", page="/keys")
    assert browser.place(browser.get("/keys")) == "/unlock?whose=client&next=%2Fkeys"
    wrong = browser.post("/unlock", page="/unlock", whose="client", next="/keys", passphrase="no")
    assert wrong.status_code == 422
    assert "does not open" in wrong.text
    right = browser.post(
        "/unlock", page="/unlock", whose="client", next="/keys", passphrase=PASSPHRASE
    )
    assert browser.place(right) == "/keys?done=unlocked"
    assert browser.get("/keys").status_code == 200


@pytest.mark.parametrize("place", ["https://evil.example", "//evil.example", "javascript:1"])
def test_unlocking_leads_nowhere_else(browser: DeskBrowser, place: str) -> None:
    browser.post("/keys/new", page="/keys", passphrase=PASSPHRASE, again=PASSPHRASE)
    browser.post("/lock", page="/keys")
    answer = browser.post(
        "/unlock", page="/unlock", whose="client", next=place, passphrase=PASSPHRASE
    )
    assert browser.place(answer) == "/?done=unlocked"


@pytest.mark.parametrize(("typed", "again"), [("short", "short"), (PASSPHRASE, "another of mine")])
def test_a_passphrase_that_does_not_fit_makes_no_key(
    browser: DeskBrowser, typed: str, again: str
) -> None:
    assert browser.post("/keys/new", page="/keys", passphrase=typed, again=again).status_code == 422
    assert not browser.desk.has_identity


def test_without_a_portal_the_pages_say_where_to_begin(browser: DeskBrowser) -> None:
    browser.post("/keys/new", page="/keys", passphrase="", again="")
    assert "You are not signed in" in browser.get("/").text
    assert browser.get("/nowhere").status_code == 404


def test_whoever_has_another_key_at_the_portal_is_told(
    market: LiveMarket, browser: DeskBrowser
) -> None:
    browser.post("/keys/new", page="/keys", passphrase="", again="")
    assert signed_in(market, browser, user="bob") == 303
    assert "knows you by another key" in browser.get("/keys").text
