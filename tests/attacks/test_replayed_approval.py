"""The platform puts the owner's approval of one job under another: it approves the first only."""

from __future__ import annotations

import secrets
from pathlib import Path

from agent_house import COUNT, agent_house, forged_evaluation, now

from market.owner.approve import approve, read_pending
from market.vault.store.replies import find_replies


def test_approval_of_another_job_gets_no_share(tmp_path: Path) -> None:
    with agent_house(tmp_path) as house:
        house.publish(approval="manual")
        first, second = house.requested(COUNT), house.requested(COUNT, buyer="eve")
        owner = house.client("olga", "owner")
        pending = read_pending(owner, house.home, house.store, first.job, now=now())
        approve(owner, house.keys["olga"], pending, now=now(), entropy=secrets.token_bytes)
        replayed = house.job(first).approval
        assert replayed is not None
        forged_evaluation(house, second, replayed)
        house.step()
        assert "release" not in find_replies(house.store, second.job)
