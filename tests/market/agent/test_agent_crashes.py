"""The agent is killed at every write from approval to delivery; nothing is lost or doubled."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator

import pytest
from world.crashes import ForkServer
from world.declarations import COUNT
from world.live_market import LiveMarket, live_market, now

from crypto.ladder import rho_of_rung
from market import wire
from market.entities.job import TERMINAL, Job
from market.policy.budget.accounts import buyer_accounts, lineage_accounts
from market.pricing.opening import Opening
from market.records.receipt import FIRST_PREVIOUS, Receipt
from market.records.signed import open_signed, record_hash
from market.services.compute.evaluate_job import evaluate_job
from market.vault.store.chain import receipts
from market.vault.store.replies import find_replies
from market.vault.store.spending import balances, debits

pytestmark = pytest.mark.crashes

NEVER = 10**9


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    with live_market(tmp_path_factory.mktemp("fragile")) as made:
        made.publish(budget="90")
        yield made


class Crashes:
    """Rounds of the agent, each in a process forked from one that has loaded everything."""

    def __init__(self, market: LiveMarket) -> None:
        self.market = market
        self.asked = 0
        self.server = ForkServer("world.agent_crashes", str(market.home.path))

    def round(self, fatal: int) -> tuple[str, int]:
        """("lived", number of writes) or ("died", signal)."""
        return self.server.ask(fatal)

    def close(self) -> None:
        self.server.close()

    def requested(self) -> Job:
        """A question finer than any before: so each is charged, and held, like a new one."""
        self.asked += 1
        return self.market.requested(COUNT, epsilon=self.epsilon)

    @property
    def epsilon(self) -> str:
        """More than a rung above the one before."""
        return f"{0.05 * 1.06**self.asked:.6f}"

    def requested_by_another(self) -> Job:
        """What somebody else has just been answered."""
        deliver(self, self.requested())
        return self.market.requested(COUNT, epsilon=self.epsilon, buyer="eve")

    def evaluated(self) -> Job:
        job = self.requested()
        self.market.step()
        return evaluate_job(self.market.platform, self.market.job(job), now=now())


@pytest.fixture
def crashes(fragile: LiveMarket) -> Iterator[Crashes]:
    made = Crashes(fragile)
    yield made
    made.close()


def check_books(market: LiveMarket) -> None:
    """Receipts are one chain, and both ledgers hold exactly what they say.

    A buyer's account holds the sum of their receipts; that of the people in the data what each
    release opened at a higher rung than those before it, family by family.
    """
    manifest = market.platform.catalogue.dataset("visits").manifest.record
    (people,) = lineage_accounts(manifest)
    jobs = {job.request_hash: job.job for job in market.jobs_in(*TERMINAL)}
    previous, spent, charges = FIRST_PREVIOUS, Counter[str](), 0
    highest: dict[str, int] = {}
    documents = receipts(market.store)
    for sequence, text in enumerate(documents, start=1):
        receipt = open_signed(Receipt, text.encode()).record
        assert (receipt.sequence, receipt.previous) == (sequence, previous)
        previous = record_hash(receipt)
        (account,) = buyer_accounts(manifest, receipt.buyer)
        spent[account] += receipt.rho_units
        kept = market.platform.jobs.documents(jobs[receipt.request_hash])
        opening = wire.decode(Opening, kept.need("opening").encode())
        before = sum(highest.values())
        for one in opening.sums:
            cost = rho_of_rung(one.rung)
            highest[one.sum.family] = max(cost, highest.get(one.sum.family, 0))
        spent[people] += sum(highest.values()) - before
        charges += sum(highest.values()) > before
    for account, units in spent.items():
        own = balances(market.store, [account])[account]
        assert own.spent_units == units == market.platform.ledger.balance(account).spent_units
        assert own.reserved_units == 0
    assert len(debits(market.store, people)) == charges


def deliver(crashes: Crashes, job: Job) -> None:
    """Whatever the crash left, a restarted agent brings the job to its one value."""
    market = crashes.market
    market.step()
    if market.job(job).state == "approved":
        evaluate_job(market.platform, market.job(job), now=now())
        market.step()
    assert market.job(job).state == "released"
    # Six times the widest noise; shares that do not belong together open to anything.
    assert abs(market.value(job, "#valid") - 300) < 420
    release = find_replies(market.store, job.job)["release"]
    assert release.document == market.document(job, "envelope")
    assert release.outcome == "delivered"
    check_books(market)


def test_agent_killed_at_any_write_releases_once_and_the_same(
    fragile: LiveMarket, crashes: Crashes
) -> None:
    # The first release opens a buyer's account, which later ones only look at.
    deliver(crashes, crashes.requested_by_another())
    for stage in (crashes.requested, crashes.evaluated, crashes.requested_by_another):
        job = stage()
        word, writes = crashes.round(NEVER)
        assert word == "lived"
        assert writes >= 8
        deliver(crashes, job)
        for fatal in range(1, writes + 1):
            job = stage()
            assert crashes.round(fatal) == ("died", signal.SIGKILL)
            seen = fragile.document(job, "envelope")
            kept = find_replies(fragile.store, job.job).get("release")
            deliver(crashes, job)
            # What had left, or was to leave, is what is delivered: byte for byte.
            for before in (seen, kept.document if kept else ""):
                assert before in ("", fragile.document(job, "envelope"))
