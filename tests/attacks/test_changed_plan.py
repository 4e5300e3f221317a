"""The platform puts another plan beside a signed request: the agent answers neither."""

from __future__ import annotations

from pathlib import Path

from world.declarations import COUNT, plan_of
from world.live_market import forge, forged_evaluation, live_market

from market import wire
from market.plan.expression import Column
from market.plan.statistics import Sum
from market.vault.store.replies import find_replies


def test_plan_changed_after_signing_gets_no_share(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        job = market.requested(COUNT)
        forge(market, job, plan=wire.encode(plan_of(Sum(Column("insured")))).decode())
        market.step()
        approval = find_replies(market.store, job.job).get("approval")
        forged_evaluation(market, job, approval.document if approval else None)
        market.step()
        assert find_replies(market.store, job.job) == {}
