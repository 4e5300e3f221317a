"""A buyer finds a dataset, compares its owner's key, and asks for access."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from world.desk_browser import DeskBrowser
from world.live_market import LiveMarket, live_market
from world.people import a_key
from world.signed_in_desk import signed_in_desk

from market.client.kept.pins import find_pin
from market.records.fingerprint_words import words_of

pytestmark = pytest.mark.stories

OWNERS_WORDS = words_of(a_key("olga").public.fingerprint())


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    with live_market(tmp_path_factory.mktemp("market")) as market:
        market.publish()
        market.publish("private-stays", access="request")
        yield market


@pytest.fixture
def bob(market: LiveMarket, tmp_path: Path) -> Iterator[DeskBrowser]:
    browser = signed_in_desk(market, tmp_path, "bob")
    yield browser
    browser.desk.close()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"visits", "private-stays"}),
        ("words=visits", {"visits", "private-stays"}),
        ("access=request", {"private-stays"}),
        ("price=0", set()),
        ("price=1000", {"visits", "private-stays"}),
        ("price=many", {"visits", "private-stays"}),
        ("words=nothing-like-it", set()),
    ],
)
def test_filters_leave_what_fits(bob: DeskBrowser, query: str, found: set[str]) -> None:
    text = bob.get(f"/datasets?{query}").text
    shown = {name for name in ("visits", "private-stays") if f"/datasets/{name}" in text}
    assert shown == found
    assert ("Nothing has all of this" in text) == (not found)


def test_a_dataset_says_what_may_be_asked_and_of_whom(bob: DeskBrowser) -> None:
    text = bob.get("/datasets/visits").text
    assert "You may ask" in text
    assert "not compared" in text
    assert "<bdi>clinics</bdi>" in text, "whose it is"
    assert OWNERS_WORDS not in text, "the words to compare are never shown beforehand"
    assert "All of it is its owner’s declaration" in text
    assert "Spread" not in text, "no column for what its owner has not declared of any"


def test_words_that_the_owner_reads_out_are_compared(bob: DeskBrowser) -> None:
    wrong = bob.post("/datasets/visits/compare", page="/datasets/visits", words=words_of("0" * 64))
    assert wrong.status_code == 422
    right = bob.post("/datasets/visits/compare", page="/datasets/visits", words=OWNERS_WORDS)
    assert bob.place(right) == "/datasets/visits?done=pinned"
    pin = find_pin(bob.desk.client, "owner", "visits")
    assert pin is not None
    assert pin.is_compared
    assert OWNERS_WORDS in bob.get("/datasets/visits").text


def test_access_is_asked_for_with_a_purpose_and_its_state_shown(bob: DeskBrowser) -> None:
    place = "/datasets/private-stays"
    assert bob.post(f"{place}/ask", page=place, purpose=" ").status_code == 422
    asked = bob.post(f"{place}/ask", page=place, purpose="We compare regions.")
    assert bob.place(asked) == f"{place}?done=access-asked"
    text = bob.get(place).text
    assert "It waits for the owner" in text
    assert "Ask for access" not in text


def test_a_dataset_that_is_not_there_says_so(bob: DeskBrowser) -> None:
    answer = bob.get("/datasets/nothing-here")
    assert answer.status_code == 404
    assert "no-dataset" in answer.text


def test_whoever_is_signed_out_is_led_to_the_sign_in(browser: DeskBrowser) -> None:
    assert browser.place(browser.get("/datasets")) == "/sign-in"
