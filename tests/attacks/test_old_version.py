"""Version 2 closed a dataset to all but holders of a grant. The platform hides it and routes a
buyer to version 1, which was open: the agent answers the newest version, under its policy."""

from __future__ import annotations

from pathlib import Path

from world.declarations import COUNT
from world.live_market import forge, forged_evaluation, live_market

from market.vault.store.replies import find_replies


def test_open_version_is_not_answered_after_a_closed_one(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        approved, asked = market.evaluated(COUNT), market.requested(COUNT)
        approval = market.document(approved, "approval")
        market.publish(access="request")
        forge(market, market.job(asked), state="requested", approval=None)
        forged_evaluation(market, approved, approval)
        market.step()
        for job in (asked, approved):
            assert "release" not in find_replies(market.store, job.job)
            assert market.job(job).end.code == "version-superseded"
        assert "approval" not in find_replies(market.store, asked.job)
