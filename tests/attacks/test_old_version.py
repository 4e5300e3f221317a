"""Version 2 closed a dataset to all but holders of a grant. The platform hides it and routes a
buyer to version 1, which was open: the agent answers the newest version, under its policy."""

from __future__ import annotations

from pathlib import Path

from agent_house import COUNT, agent_house, forge, forged_evaluation

from market.vault.store.replies import find_replies


def test_open_version_is_not_answered_after_a_closed_one(tmp_path: Path) -> None:
    with agent_house(tmp_path) as house:
        house.publish()
        approved, asked = house.evaluated(COUNT), house.requested(COUNT)
        approval = house.job(approved).approval
        house.publish(access="request")
        forge(house, house.job(asked), state="requested", approval=None)
        forged_evaluation(house, approved, approval)
        house.step()
        for job in (asked, approved):
            assert "release" not in find_replies(house.store, job.job)
            assert house.job(job).code == "version-superseded"
        assert "approval" not in find_replies(house.store, asked.job)
