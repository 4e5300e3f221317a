"""What a table brings: each answer at the price it was asked at, whatever was listed since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from world.declarations import COUNT, MEAN
from world.desk_browser import DeskBrowser
from world.live_market import LiveMarket, live_market
from world.loopback import free_port
from world.signed_in_desk import SCOPES, signed_in_home

from market.client.http.api import PortalClient
from market.owner.answered import answered, buyers_of, revenue_of, told_of_jobs
from market.owner.word.change_terms import Wanted, changed_terms
from market.owner.word.relist import relist, terms_in_force

pytestmark = pytest.mark.stories


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveMarket]:
    with live_market(tmp_path) as market:
        market.publish()
        yield market


def price(market: LiveMarket, cents: int) -> None:
    terms = changed_terms(terms_in_force(market.owner, "visits"), Wanted(price_cents=cents))
    relist(market.client("olga", "owner"), market.owner, "visits", terms)


def test_each_answer_brings_what_it_was_asked_at(market: LiveMarket) -> None:
    market.released(COUNT)
    price(market, 900)
    market.released(MEAN)
    told = told_of_jobs(market.client("olga", "owner"))
    found = answered(market.home, market.store, "visits", told)
    assert [(one.price_cents, one.is_price_known) for one in found] == [(1250, True), (900, True)]
    (buyer,) = buyers_of(found, "0.000001")
    assert (buyer.answers, buyer.name) == (2, f"{found[0].who}")
    away = PortalClient(f"http://127.0.0.1:{free_port()}")
    unsure = revenue_of(answered(market.home, market.store, "visits", told_of_jobs(away)))
    away.close()
    assert (unsure.cents, unsure.answers, unsure.unsure) == (1800, 2, 2)


def test_desk_says_what_it_brings_and_how_sure_that_is(market: LiveMarket) -> None:
    signed_in_home(market, market.root / "client", "olga", *SCOPES)
    desk = DeskBrowser.at(market.root)
    page = "/tables/of/visits"
    assert "nothing yet" in desk.get(page).text
    market.released(COUNT)
    price(market, 0)
    market.released(MEAN)
    shown = " ".join(desk.get(page).text.split())
    assert "12.50</strong> for 2 answers, each at the price it was asked at" in shown
    assert "the portal does not say" not in shown
    desk.desk.client.forget_account()
    assert "<strong>nothing</strong> for 2 answers" in " ".join(desk.get(page).text.split())
    desk.desk.close()
