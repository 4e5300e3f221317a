"""The platform approves a job itself, under its own signature: its word counts for nothing."""

from __future__ import annotations

from pathlib import Path

from agent_house import COUNT, agent_house, forged_evaluation, now

from market.judgement.approval import make_approval
from market.judgement.question import Work, read_question
from market.vault.holdings import read_holding
from market.vault.store.replies import find_replies


def test_approval_by_the_platform_gets_no_share(tmp_path: Path) -> None:
    with agent_house(tmp_path) as house:
        house.publish(approval="manual")
        job = house.job(house.requested(COUNT))
        holding = read_holding(house.home, job.dataset, job.version)
        work = Work(
            job.job, job.dataset, job.version, "requested", job.plan or "", job.request or "", None
        )
        approval = make_approval(
            house.platform.identity,
            read_question(work, holding),
            nonce="0" * 32,
            now=now(),
        )
        forged_evaluation(house, job, approval.encode().decode())
        house.step()
        assert "release" not in find_replies(house.store, job.job)
