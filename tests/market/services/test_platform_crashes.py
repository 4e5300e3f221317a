"""The platform is killed at every write of every stage; nothing is lost or doubled."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from world.builders import LINEAGE, NOW
from world.crashes import ForkServer
from world.durable_market import make_home
from world.market import Market
from world.people import fingerprint
from world.platform_crashes import STAGES, Workbench, keep_house

from market.entities.job import Job
from market.errors import MarketError
from market.records.receipt import Receipt
from market.records.signed import open_signed
from market.services.compute.accept_request import accept_request
from market.services.compute.evaluate_job import evaluate_job
from market.services.release.release_documents import agents_receipt

pytestmark = pytest.mark.crashes

NEVER = 10**9
LINEAGE_ACCOUNT = f"lineage/{LINEAGE}/1"
ACCOUNTS = (LINEAGE_ACCOUNT, f"{LINEAGE_ACCOUNT}/buyer/{fingerprint('bob')}")
HOLDING = ("planned", "requested", "approved", "evaluated")


def copied(home: Path, target: Path) -> Path:
    """Objects are never changed in place, so a link to one is a copy."""

    def copy(source: str, destination: str) -> None:
        if "/objects/" in source:
            os.link(source, destination)
        else:
            shutil.copyfile(source, destination)

    shutil.copytree(home, target, copy_function=copy)
    return target


def check_books(market: Market) -> None:
    """Each account holds what the receipts say was spent, and what unfinished jobs hold."""
    jobs = market.jobs.page_of_organisation("north-lab", after=None, limit=100)
    texts = [
        text for job in jobs for text in market.jobs.documents(job.job).by_party("receipt").values()
    ]
    receipts = [open_signed(Receipt, agents_receipt(text).encode()).record for text in texts]
    spent = [receipt.rho_units for receipt in receipts if receipt.rho_units]
    held = [job.rho_units for job in jobs if job.state in HOLDING]
    for account in ACCOUNTS:
        # The buyer's account is opened by their first job.
        if account == LINEAGE_ACCOUNT or spent or held:
            balance = market.ledger.balance(account)
            assert (balance.spent_units, balance.reserved_units) == (sum(spent), sum(held))
            assert len(market.ledger.debited(account)) == len(spent)


def job_of(market: Market) -> Job | None:
    jobs = market.jobs.page_of_organisation("north-lab", after=None, limit=100)
    assert len(jobs) <= 1
    return jobs[0] if jobs else None


def finish(market: Market) -> None:
    """A job that goes on comes to its one release."""
    job = job_of(market)
    if job is None or job.is_terminal:
        return
    if job.state == "planned":
        signed = market.request(job)
        job = accept_request(market.platform, job.job, signed, now=market.now)
    if job.state == "requested":
        job = market.approve(job)
    if job.state == "approved":
        job = evaluate_job(market.platform, job, now=market.now)
    market.accept(job, *market.release_of(job))
    check_books(market)


class Crashes:
    """A workbench here and one in the process whose children die, over one directory."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.home.mkdir()
        make_home(self.home)
        self.bench = Workbench(self.home)
        self.bench.market.publish()
        self.bench.close()
        self.published = copied(self.home, root / "published")
        self.start, self.dead = root / "start", root / "dead"
        self.server = ForkServer("world.platform_crashes", str(self.home))

    def place(self, source: Path) -> Market:
        self.bench.close()
        shutil.rmtree(self.home)
        copied(source, self.home)
        self.bench.market.now = NOW
        return self.bench.market

    def keep(self, target: Path) -> None:
        self.bench.close()
        shutil.rmtree(target, ignore_errors=True)
        copied(self.home, target)

    def ask(self, *words: object) -> tuple[str, int]:
        self.place(self.start)
        return self.server.ask(*words)


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crashes]:
    made = Crashes(tmp_path_factory.mktemp("crashes"))
    yield made
    made.server.close()
    made.bench.close()


def done_again(bench: Workbench, stage: str) -> None:
    """The retry finishes the step, whatever the crash left."""
    market = bench.market
    bench.step(stage)
    keep_house(market)
    job = job_of(market)
    assert (job.state if job else "") == STAGES[stage].end
    if job and job.is_terminal and job.state != "released":
        assert job.end.code
        assert job.end.message
    check_books(market)
    bench.step(stage)
    assert job_of(market) == job
    check_books(market)
    finish(market)


def left_alone(bench: Workbench, stage: str) -> None:
    """Nobody does it again in time: the job ends with a code, and a late retry changes no sum."""
    market = bench.market
    _time_passes(market)
    ended = job_of(market)
    if ended is not None:
        assert ended.is_terminal
        assert ended.state == "released" or ended.end.code
        # What an agent is known to have spent is held until its receipt is kept.
        if stage != "release after the end":
            assert market.ledger.balance(LINEAGE_ACCOUNT).reserved_units == 0
    with suppress(MarketError):
        bench.step(stage)
    keep_house(market)
    check_books(market)


def _time_passes(market: Market) -> None:
    job = job_of(market)
    for _wait in range(5):
        if job is not None and not job.is_terminal:
            market.now = job.deadline
            keep_house(market)
            job = market.jobs.get(job.job)
    keep_house(market)


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_platform_killed_at_any_write_of_a_stage_loses_and_doubles_nothing(
    stage: str, crashes: Crashes
) -> None:
    bench, name = crashes.bench, stage.replace(" ", "-")
    crashes.place(crashes.published)
    bench.prepare(stage)
    crashes.keep(crashes.start)
    crashes.ask("rehearse", name)
    word, writes = crashes.ask(name, NEVER)
    assert word == "lived"
    assert writes >= 4
    for fatal in range(1, writes + 1):
        assert crashes.ask(name, fatal) == ("died", signal.SIGKILL)
        crashes.keep(crashes.dead)
        done_again(bench, stage)
        crashes.place(crashes.dead)
        left_alone(bench, stage)
