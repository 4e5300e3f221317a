"""plan_job with the real sandbox: a refused program ends its job and reserves nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from world.builders import DATASET
from world.hostile_programs import HONEST, HOSTILE, SECRET, commit_all
from world.job_builders import carried
from world.market import Market

from market.adapters.plan_builder import SandboxPlanBuilder
from market.adapters.repository import FetchLimits
from market.adapters.sandbox.builds import BuildsHere, InSandbox
from market.adapters.sandbox.run import SandboxLimits
from market.adapters.sandbox.tools import find_tools
from market.entities.job import Job
from market.policy.budget.accounts import lineage_accounts
from market.policy.submission.submission import Submission
from market.services.compute.plan_job import plan_job
from market.services.submit.submit_job import submit_job

pytestmark = pytest.mark.processes

CHOSEN = (
    "no program",
    "a secret that is raised",
    "sleep",
    "a random number",
    "garbage",
    "a link",
    "a long refusal",
    "a refusal of another part",
    "a plan of degree three",
    "another plan from the inside",
)


@pytest.fixture(scope="module")
def commits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("hostile") / "repository"
    trees = {name: HOSTILE[name].tree for name in CHOSEN} | {"honest": {"job.py": HONEST}}
    made = commit_all(folder, trees)
    return made | {"url": f"file://{folder}", "absent": "ab" * 20}


@pytest.fixture
def scratch(passable_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(passable_path))
    return passable_path


def planned(market: Market, commits: dict[str, str], name: str) -> Job:
    """Submit a commit and plan it with git and bubblewrap."""
    seconds = 2 if name == "sleep" else 20
    builder = SandboxPlanBuilder(
        FetchLimits(wall_seconds=20, maximum_bytes=1_000_000, allow_file=True),
        BuildsHere(InSandbox(SandboxLimits(wall_seconds=seconds))),
    )
    platform = replace(market.platform, plans=builder)
    job = submit_job(
        platform,
        market.bob,
        Submission(commits["url"], commits[name], DATASET, "0.5"),
        now=market.now,
    )
    return plan_job(platform, job, now=market.now)


def held(market: Market) -> set[int]:
    """Units that any reservation holds or has spent, in any account."""
    reservations = market.ledger.reservations.values()
    live = (r for r in reservations if r.state in ("reserved", "debited"))
    return {charge.units for reservation in live for charge in reservation.charges}


def assert_ended(market: Market, job: Job, state: str, code: str) -> None:
    assert market.jobs.get(job.job) == job
    assert (job.state, job.end.code) == (state, code)
    assert job.end.next_action
    assert not carried(market.jobs, job, "plan")
    told = f"{job.end} {market.jobs.timeline(job.job)}"
    assert SECRET not in told
    assert held(market) == set()
    (lineage,) = lineage_accounts(market.catalogue.dataset(DATASET).manifest.record)
    balance = market.ledger.balance(lineage)
    assert (balance.reserved_units, balance.spent_units) == (0, 0)


@pytest.mark.parametrize("name", CHOSEN)
def test_refused_program_ends_its_job_and_reserves_nothing(
    name: str, market: Market, commits: dict[str, str], scratch: Path
) -> None:
    job = planned(market, commits, name)
    assert_ended(market, job, "refused", HOSTILE[name].refused_as)
    assert bool(job.end.program_says) == HOSTILE[name].is_told_by_the_program
    assert str(scratch) not in (job.end.message or "")


def test_commit_that_does_not_exist_ends_the_job(
    market: Market, commits: dict[str, str], scratch: Path
) -> None:
    assert_ended(market, planned(market, commits, "absent"), "refused", "commit-unknown")
    assert scratch.exists()


def test_missing_sandbox_fails_the_job_and_reserves_nothing(
    market: Market, commits: dict[str, str], scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("git", "prlimit", "setpriv"):
        (scratch / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(scratch))
    find_tools.cache_clear()
    try:
        job = planned(market, commits, "honest")
    finally:
        find_tools.cache_clear()
    assert_ended(market, job, "failed", "sandbox-missing")


def test_honest_program_is_planned_and_reserved(
    market: Market, commits: dict[str, str], scratch: Path
) -> None:
    job = planned(market, commits, "honest")
    assert job.state == "planned"
    assert held(market) == {job.rho_units} != {0}
    assert scratch.exists()
