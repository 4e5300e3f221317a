"""What a table brings: each answer at the price it was asked at, whatever was listed since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from world.declarations import COUNT, MEAN, PURE_SUM
from world.desk_browser import DeskBrowser
from world.live_market import LiveMarket, live_market
from world.loopback import free_port
from world.signed_in_desk import SCOPES, signed_in_home

from market.client.http.api import PortalClient
from market.desk.owner.view_tables import charged_days
from market.owner.answered import answered, buyers_of, charged_to, revenue_of, told_of_jobs
from market.owner.own_tables import own_table
from market.owner.word.change_terms import Wanted, changed_terms
from market.owner.word.relist import relist, terms_in_force
from market.pages.burn_chart import HEIGHT, burn_chart
from market.plan.plan import Plan
from market.pricing.loss import shown_epsilon

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


@pytest.mark.parametrize("question", [MEAN, PURE_SUM])
def test_owner_reads_the_epsilon_that_the_buyer_signed(market: LiveMarket, question: Plan) -> None:
    signed_in_home(market, market.root / "client", "olga", *SCOPES)
    desk = DeskBrowser.at(market.root)
    job = market.released(question)
    told = market.client("bob", "client").get(f"jobs/{job.job}")["quote"]
    signed = f"epsilon {shown_epsilon(json.loads(told)['epsilon'])}"
    page = " ".join(desk.get("/tables/of/visits").text.split())
    assert page.count(signed) == 2, "of the buyer and of the question"
    desk.desk.close()


def test_budget_burns_by_what_all_tables_of_its_people_are_asked(market: LiveMarket) -> None:
    market.publish("admissions", agree=True)
    for dataset in ("visits", "admissions", "visits"):
        market.released(MEAN if dataset == "visits" else COUNT, dataset)
    budget = own_table(market.home, market.store, "visits").budget
    assert budget is not None
    charged = charged_to(market.home, market.store, budget.account)
    assert len(charged) == 3
    (day,) = charged_days(charged)
    assert day.units >= budget.spent_units > 0
    chart = burn_chart([replace(day, units=9 * budget.cap_units)], budget, now=day.at + 1)
    assert chart is not None
    heights = [int(point.split(",")[1]) for point in chart.line.split()]
    spent = HEIGHT * budget.spent_units * 100 // (budget.cap_units * chart.top_percent)
    assert HEIGHT - min(heights) <= spent + 1, "no higher than what is spent"


def test_desk_begins_with_links_to_what_an_owner_is_to_do(market: LiveMarket) -> None:
    signed_in_home(market, market.root / "client", "olga", *SCOPES)
    market.publish("by-hand", approval="manual", agree=True)
    job = market.requested(dataset="by-hand")
    desk = DeskBrowser.at(market.root)
    home = desk.get("/").text
    assert f'href="{desk.base}/requests/{job.job}"' in home
    desk.desk.close()
