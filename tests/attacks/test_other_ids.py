"""The same people listed again under other ids share the budget they have spent."""

from __future__ import annotations

from pathlib import Path

from agent_house import COUNT, TABLE, agent_house, plan_of

from market.plan.expression import Column
from market.plan.statistics import Sum

WITH_IDS = 'column = "person"\n'


def test_relisted_people_are_not_answered_about_again(tmp_path: Path) -> None:
    with agent_house(tmp_path) as house:
        house.publish("numbers", unit=WITH_IDS, budget="0.5")
        house.released(COUNT, "numbers")
        table = TABLE.replace("\np", "\nsomebody.")
        house.publish("addresses", table=table, unit=WITH_IDS, budget="0.5")
        house.lift_platform_caps("addresses")
        job = house.requested(plan_of(Sum(Column("insured"))), "addresses")
        house.step()
        assert (house.job(job).state, house.job(job).code) == ("refused", "over-budget")
