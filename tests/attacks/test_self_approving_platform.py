"""The platform approves a job itself, under its own signature: its word counts for nothing."""

from __future__ import annotations

from pathlib import Path

from world.declarations import COUNT
from world.live_market import forged_evaluation, live_market, now

from market.judgement.approval import make_approval
from market.judgement.question import Work, read_question
from market.vault.holdings import read_holding
from market.vault.store.replies import find_replies


def test_approval_by_the_platform_gets_no_share(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish(approval="manual")
        job = market.job(market.requested(COUNT))
        holding = read_holding(market.home, job.datasets[0].dataset, job.datasets[0].version)
        work = Work(
            job.job,
            job.datasets,
            job.datasets,
            "requested",
            market.document(job, "plan"),
            market.document(job, "request"),
            None,
        )
        approval = make_approval(
            market.platform.identity,
            read_question(work, holding),
            nonce="0" * 32,
            now=now(),
        )
        forged_evaluation(market, job, approval.encode().decode())
        market.step()
        assert "release" not in find_replies(market.store, job.job)
