"""The catalogue narrowed by access, price and licence: on its page, in its address, in the API."""

from __future__ import annotations

import pytest
from world.portal_market import PortalMarket

from market.services.catalogue.search_catalogue import PAGE_DATASETS

OPEN, ASKED, INVITED = "household-visits", "household-incomes", "household-debts"


@pytest.fixture
def three(market: PortalMarket) -> PortalMarket:
    """One open to all at 12.50; one on request, free, granted to bob; one by invitation at 2.50."""
    market.publish()
    market.publish(ASKED, access="request", price_cents=0, licence="Research & teaching only")
    market.publish(INVITED, access="invitation", price_cents=250)
    market.grant(ASKED, "bob")
    return market


def found(text: str) -> list[str]:
    every = (OPEN, ASKED, INVITED)
    return [name for name in every if f'href="/datasets/{name}"' in text]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [OPEN, ASKED, INVITED]),
        ("access=open", [OPEN]),
        ("access=request", [ASKED]),
        ("access=invitation", [INVITED]),
        ("access=granted", [ASKED]),
        ("price=0", [ASKED]),
        ("price=2.50", [ASKED, INVITED]),
        ("price=999999999999999999", [OPEN, ASKED, INVITED]),
        ("licence=Research+%26+teaching+only", [ASKED]),
        ("price=2.50&access=invitation&words=household", [INVITED]),
        ("price=0&access=open", []),
    ],
)
def test_page_and_api_show_what_is_wanted(
    three: PortalMarket, query: str, expected: list[str]
) -> None:
    browser = three.browser("bob")
    assert found(browser.get(f"/?{query}").text) == expected
    answer = browser.get(f"/api/v1/datasets?{query}", headers=three.token("bob", "client"))
    assert sorted(one["dataset"] for one in answer.json()) == sorted(expected)


def test_granted_is_to_whoever_asks(three: PortalMarket) -> None:
    assert found(three.browser("eve").get("/?access=granted").text) == []
    three.now += 400 * 24 * 3_600
    text = three.browser("bob").get("/?access=granted").text
    assert found(text) == []
    assert "No grant of yours is in force." in text
    # An administrator has no key to be granted to.
    assert found(three.browser("ada").get("/?access=granted").text) == []


def test_each_thing_that_narrows_can_be_left_out(three: PortalMarket) -> None:
    text = three.browser("bob").get("/?words=visits&access=open&price=0").text
    assert "No dataset is like that." in text
    for address in (
        "/?access=open&amp;price=0",
        "/?words=visits&amp;price=0",
        "/?words=visits&amp;access=open",
    ):
        assert f'<a class="chip" href="{address}"' in text
    assert '<option value="open" selected>' in text
    assert 'name="price" inputmode="decimal" value="0"' in text


@pytest.mark.parametrize("query", ["price=cheap", "price=-1", "price=1e99", "access=some"])
def test_what_is_no_filter_is_refused_and_stays_in_the_form(
    three: PortalMarket, query: str
) -> None:
    browser = three.browser("bob")
    answer = browser.get(f"/?{query}")
    assert answer.status_code == 422
    assert '<details class="filters" open>' in answer.text
    assert found(answer.text) == []
    refused = browser.get(f"/api/v1/datasets?{query}", headers=three.token("bob", "client"))
    assert (refused.status_code, refused.json()["code"]) == (422, "filter-malformed")


def test_further_pages_keep_the_filter(market: PortalMarket) -> None:
    for number in range(PAGE_DATASETS + 1):
        market.publish(f"visits-{number:02}", price_cents=100)
        market.publish(f"dear-{number:02}", price_cents=900)
    browser = market.browser("bob")
    first = browser.get("/?price=1").text
    onward = f"/?price=1&amp;after=visits-{PAGE_DATASETS - 1:02}"
    assert f'href="{onward}"' in first
    assert "/datasets/dear-" not in first
    second = browser.get(onward.replace("&amp;", "&")).text
    assert second.count('class="card dataset-card"') == 1
    assert f"/datasets/visits-{PAGE_DATASETS:02}" in second


def test_the_api_goes_on_behind_a_dataset(market: PortalMarket) -> None:
    made = [f"visits-{number}" for number in range(5)]
    for dataset in made:
        market.publish(dataset)
    browser, seen, after = market.browser("bob"), list[str](), ""
    while page := browser.get(f"/api/v1/datasets?limit=2&after={after}").json():
        assert len(page) <= 2
        seen += [one["dataset"] for one in page]
        after = seen[-1]
    assert seen == made
    whole = browser.get("/api/v1/datasets").json()
    assert [one["dataset"] for one in whole] == made
    for odd in ("limit=0", "limit=501", "limit=x"):
        assert browser.get(f"/api/v1/datasets?{odd}").status_code == 422
