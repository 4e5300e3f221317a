"""The platform revives a job on a dataset its owner has withdrawn, approval and shares and all: the
agent goes by the owner's signed word in its own directory, and releases nothing."""

from __future__ import annotations

from pathlib import Path

from world.declarations import COUNT
from world.live_market import forge, forged_evaluation, live_market, now

from market.owner.word.standing import change_standing
from market.vault.store.replies import find_replies


def test_withdrawn_dataset_gets_neither_approval_nor_release(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        approved, asked = market.evaluated(COUNT), market.requested(COUNT)
        # Its approval is spent on nothing yet; the platform keeps it for later.
        kept = market.document(approved, "approval")
        assert kept is not None
        change_standing(
            market.client("olga", "owner"),
            market.keys["olga"],
            market.home,
            "visits",
            state="withdrawn",
            now=now(),
        )
        fresh = market.job(asked)
        forge(market, fresh, state="requested", approval=None)
        forged_evaluation(market, approved, kept)
        market.step()
        for job in (asked, approved):
            replies = find_replies(market.store, job.job)
            assert "release" not in replies
            assert market.job(job).end.code == "dataset-withdrawn"
        assert "approval" not in find_replies(market.store, asked.job)
