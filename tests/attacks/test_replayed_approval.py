"""The platform puts the owner's approval of one job under another: it approves the first only."""

from __future__ import annotations

import secrets
from pathlib import Path

from world.declarations import COUNT
from world.live_market import forged_evaluation, live_market, now

from market.owner.word.approve import approve, read_pending
from market.vault.store.replies import find_replies


def test_approval_of_another_job_gets_no_share(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish(approval="manual")
        first, second = market.requested(COUNT), market.requested(COUNT, buyer="eve")
        owner = market.client("olga", "owner")
        pending = read_pending(owner, market.home, market.store, first.job, now=now())
        approve(
            owner, market.home, market.keys["olga"], pending, now=now(), entropy=secrets.token_bytes
        )
        replayed = market.document(first, "approval")
        assert replayed is not None
        forged_evaluation(market, second, replayed)
        market.step()
        assert "release" not in find_replies(market.store, second.job)
