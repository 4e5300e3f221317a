"""The same people listed again under other ids share the budget they have spent."""

from __future__ import annotations

from pathlib import Path

from world.declarations import COUNT, TABLE, plan_of
from world.live_market import live_market

from market.plan.expression import Column
from market.plan.statistics import Sum

WITH_IDS = 'column = "person"\n'


def test_relisted_people_are_not_answered_about_again(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish("numbers", unit=WITH_IDS, budget="0.6")
        market.released(COUNT, "numbers")
        table = TABLE.replace("\np", "\nsomebody.")
        market.publish("addresses", table=table, unit=WITH_IDS, budget="0.6")
        market.lift_platform_caps("addresses")
        job = market.requested(plan_of(Sum(Column("insured"))), "addresses")
        market.step()
        assert (market.job(job).state, market.job(job).end.code) == ("refused", "over-budget")
