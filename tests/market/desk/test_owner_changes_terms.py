"""Other terms at the desk: typed over those in force, read in words, signed; the agent has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from world.declarations import COUNT
from world.desk_browser import DeskBrowser
from world.live_market import LiveMarket, live_market
from world.loopback import free_port
from world.sent_forms import sent_form
from world.signed_in_desk import SCOPES, signed_in_home

from market.client.kept.home import Account
from market.owner.word.relist import relist, terms_in_force
from market.records.listing import Listing
from market.records.union import Partner, Together, Union
from market.vault.editions import held_editions, read_listing

pytestmark = pytest.mark.stories

TERMS = "/tables/terms/visits"
TOGETHER = Together(unions=(Union((Partner("visits-south", "ab" * 20),), "masked"),))
IN_FORCE: dict[str, Any] = {
    "edition": "1",
    "title": "Doctor visits",
    "price": "12.50",
    "budget_epsilon": "8",
    "access": "open",
}


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveMarket]:
    with live_market(tmp_path) as market:
        market.publish()
        yield market


@pytest.fixture
def desk(market: LiveMarket) -> Iterator[DeskBrowser]:
    signed_in_home(market, market.root / "client", "olga", *SCOPES)
    browser = DeskBrowser.at(market.root)
    yield browser
    browser.desk.close()


def typed(market: LiveMarket, deed: str = "look", **changes: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    sold = list(listed(market).policy.statistics)
    return {**IN_FORCE, "statistics": sold, "deed": deed, **changes}


def listed(market: LiveMarket) -> Listing:
    """As the portal has it."""
    return market.catalogue.dataset("visits").listing.record


def held(market: LiveMarket) -> Listing:
    """As the agent has it."""
    return read_listing(market.home, "visits", 1, market.keys["olga"].public.hex).record


def test_form_holds_the_terms_in_force_and_says_what_changes(
    market: LiveMarket, desk: DeskBrowser
) -> None:
    shown = desk.get(TERMS).text
    for name in ("price", "title", "budget_epsilon"):
        assert f'name="{name}" value="{IN_FORCE[name]}"' in shown
    assert "Nothing yet" in shown
    fragment = desk.post(f"{TERMS}/preview", page=TERMS, **typed(market, price="9")).text
    assert "Price of a job" in fragment
    assert "9.00" in fragment
    assert "Budget" not in fragment, "what was not touched stays"
    assert listed(market).edition == 1, "looking changes nothing"


def test_what_was_read_is_signed_and_answered_under(market: LiveMarket, desk: DeskBrowser) -> None:
    other = {"price": "9", "summary": "Visits,\r\na row each.", "access": "request"}
    read = desk.post(TERMS, page=TERMS, **typed(market, **other)).text
    assert "Edition 2 of the listing" in read
    for told in ("until now", "12.50", "9.00", "a row each"):
        assert told in read, told
    assert held(market).edition == 1, "nothing is signed by reading"
    signed = desk.post(TERMS, page=TERMS, **typed(market, "sign", **other))
    assert desk.place(signed) == "/tables/of/visits?done=terms-changed"
    assert listed(market) == held(market)
    assert (listed(market).edition, listed(market).policy.price_cents) == (2, 900)
    assert listed(market).description.summary == "Visits,\na row each."
    assert "9.00" in desk.get("/tables/of/visits").text


def test_budget_goes_no_lower_than_what_is_spent(market: LiveMarket, desk: DeskBrowser) -> None:
    market.released(COUNT)
    refused = desk.post(TERMS, page=TERMS, **typed(market, budget_epsilon="0.01"))
    assert refused.status_code == 422
    assert "Allow rho" in refused.text
    assert 'value="0.01"' in refused.text, "what was typed stands there"
    assert held_editions(market.home, "visits", 1) == [1]


@pytest.mark.parametrize(
    "bad",
    [
        {"price": ""},
        {"price": "1.234"},
        {"title": " "},
        {"budget_epsilon": "many"},
        {"total_epsilon": "0"},
        {"statistics": []},
        {"access": "nobody"},
        {"edition": "one"},
        {"edition": "7", "price": "9"},
    ],
)
def test_what_is_no_terms_is_refused_and_changes_nothing(
    market: LiveMarket, desk: DeskBrowser, bad: dict[str, Any]
) -> None:
    for deed in ("look", "sign"):
        answer = desk.post(TERMS, page=TERMS, **typed(market, deed, **bad))
        assert answer.status_code == 422, deed
    assert held_editions(market.home, "visits", 1) == [1]


def test_second_of_two_pages_hears_of_the_first(market: LiveMarket, desk: DeskBrowser) -> None:
    desk.post(TERMS, page=TERMS, **typed(market, "sign", price="9"))
    late = desk.post(TERMS, page=TERMS, **typed(market, "sign", title="Visits"))
    assert late.status_code == 422
    assert "was changed meanwhile" in late.text
    assert 'name="edition" value="2"' in late.text
    assert listed(market).description.title == "Doctor visits"


def test_untouched_form_changes_nothing_whoever_it_is_asked_together_with(
    market: LiveMarket, desk: DeskBrowser
) -> None:
    policy = replace(listed(market).policy, buyer_rho_units=12_345_678_901)
    relist(
        market.client("olga", "owner"),
        market.owner,
        "visits",
        replace(terms_in_force(market.owner, "visits"), policy=policy, together=TOGETHER),
    )
    form = sent_form(desk.get(TERMS).text, TERMS)
    assert form["unions"][0].startswith("masked: visits-south ")
    fragment = desk.post(f"{TERMS}/preview", page=TERMS, **form)
    assert "Nothing yet" in fragment.text
    form["price"] = ["9"]
    read = desk.post(TERMS, page=TERMS, **(form | {"deed": ["look"]}))
    signed = sent_form(read.text, TERMS)
    assert desk.place(desk.post(TERMS, page=TERMS, **(signed | {"deed": ["sign"]})))
    newest = listed(market)
    assert (newest.edition, newest.together) == (3, TOGETHER)
    assert newest.policy == replace(policy, price_cents=900)


def test_epsilons_stay_under_another_delta(market: LiveMarket, desk: DeskBrowser) -> None:
    before = listed(market).policy
    form = sent_form(desk.get(TERMS).text, TERMS) | {"delta": ["1e-8"], "deed": ["sign"]}
    desk.place(desk.post(TERMS, page=TERMS, **form))
    after = listed(market).policy
    assert (before.delta, after.delta) == ("0.000001", "0.00000001")
    assert after.budget_rho_units < before.budget_rho_units
    assert sent_form(desk.get(TERMS).text, TERMS)["budget_epsilon"] == ["8"]
    wrong = form | {"unions": ["masked: visits"], "edition": ["2"]}
    refused = desk.post(TERMS, page=TERMS, **wrong)
    assert refused.status_code == 422
    assert 'id="unions-lack"' in refused.text


def test_agent_obeys_while_the_portal_is_away_and_a_button_tells_it(
    market: LiveMarket, desk: DeskBrowser
) -> None:
    home = desk.desk.client
    here = home.account()
    home.save_account(
        Account(f"http://127.0.0.1:{free_port()}", here.user, here.token, here.platform_key)
    )
    waits = desk.post(TERMS, page=TERMS, **typed(market, "sign", price="9"))
    assert "your agent obeys it; the portal does not have it yet" in " ".join(waits.text.split())
    assert (held(market).edition, listed(market).edition) == (2, 1)
    home.save_account(here)
    assert "The portal does not have edition 2 yet" in desk.get("/tables/of/visits").text
    told = desk.post(f"{TERMS}/tell", page=TERMS)
    assert desk.place(told) == "/tables/of/visits?done=portal-told"
    assert listed(market) == held(market)
    assert desk.post(f"{TERMS}/tell", page=TERMS).status_code == 422, "it has it already"


def test_every_edition_is_shown_with_what_it_changed(market: LiveMarket, desk: DeskBrowser) -> None:
    desk.post(TERMS, page=TERMS, **typed(market, "sign", price="9"))
    desk.post(TERMS, page=TERMS, **typed(market, "sign", price="9", title="Visits", edition="2"))
    shown = desk.get("/tables/of/visits").text
    assert "3 listings, and what each changed" in shown
    for told in ("version 1, edition 3", "Doctor visits", "12.50", "As it was listed first."):
        assert told in shown, told
    assert "has missed" not in shown
