"""The platform puts another plan beside a signed request: the agent answers neither."""

from __future__ import annotations

from pathlib import Path

from agent_house import COUNT, agent_house, forge, forged_evaluation, plan_of

from market import wire
from market.plan.expression import Column
from market.plan.statistics import Sum
from market.vault.store.replies import find_replies


def test_plan_changed_after_signing_gets_no_share(tmp_path: Path) -> None:
    with agent_house(tmp_path) as house:
        house.publish()
        job = house.requested(COUNT)
        forge(house, job, plan=wire.encode(plan_of(Sum(Column("insured")))).decode())
        house.step()
        approval = find_replies(house.store, job.job).get("approval")
        forged_evaluation(house, job, approval.document if approval else None)
        house.step()
        assert find_replies(house.store, job.job) == {}
