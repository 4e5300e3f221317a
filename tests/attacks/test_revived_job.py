"""The platform revives a job on a dataset its owner has withdrawn, approval and shares and all: the
agent goes by the owner's signed word in its own directory, and releases nothing."""

from __future__ import annotations

from pathlib import Path

from agent_house import COUNT, agent_house, forge, forged_evaluation, now

from market.owner.standing import change_standing
from market.vault.store.replies import find_replies


def test_withdrawn_dataset_gets_neither_approval_nor_release(tmp_path: Path) -> None:
    with agent_house(tmp_path) as house:
        house.publish()
        approved, asked = house.evaluated(COUNT), house.requested(COUNT)
        # Its approval is spent on nothing yet; the platform keeps it for later.
        kept = house.job(approved).approval
        change_standing(
            house.client("olga", "owner"),
            house.keys["olga"],
            house.home,
            "visits",
            state="withdrawn",
            now=now(),
        )
        fresh = house.job(asked)
        forge(house, fresh, state="requested", approval=None)
        forged_evaluation(house, approved, kept)
        house.step()
        for job in (asked, approved):
            replies = find_replies(house.store, job.job)
            assert "release" not in replies
            assert house.job(job).code == "dataset-withdrawn"
        assert "approval" not in find_replies(house.store, asked.job)
