"""An owner changed price and access of a dataset. Platform and buyer go on with a question that was
signed under the listing before: the agent approves by the newest, and lets nobody in who is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from world.declarations import COUNT
from world.live_market import LiveMarket, forge, live_market

from market.owner.word.change_terms import Wanted, changed_terms
from market.owner.word.relist import relist, terms_in_force
from market.vault.store.replies import find_replies


def change(market: LiveMarket, **wanted: Any) -> None:
    terms = changed_terms(terms_in_force(market.owner, "visits"), Wanted(**wanted))
    relist(market.client("olga", "owner"), market.owner, "visits", terms)


def test_question_signed_for_a_lower_price_is_not_approved_after_it_rose(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        job = market.requested(COUNT)
        change(market, price_cents=9_900)
        assert market.job(job).state == "refused"
        forge(market, job, state="requested")
        market.step()
        assert "approval" not in find_replies(market.store, job.job)
        assert market.job(job).end.code == "listing-changed"


def test_open_listing_lets_nobody_in_after_a_closed_one(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        approved, asked = market.evaluated(COUNT), market.requested(COUNT)
        change(market, access="invitation")
        market.step()
        for job in (approved, asked):
            assert "release" not in find_replies(market.store, job.job)
            assert market.job(job).end.code == "no-grant"
        assert "approval" not in find_replies(market.store, asked.job)
