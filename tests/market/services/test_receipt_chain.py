"""A receipt is countersigned at its place in its agent's chain, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from world.builders import LINEAGE, sign, text
from world.durable_market import durable_market, make_home
from world.job_builders import carried
from world.market import REGIONS, Market
from world.people import a_key

from market.entities.job import Job
from market.errors import Conflict, NotPermitted, Refused, Unavailable
from market.records.receipt import Receipt
from market.records.signed import record_hash
from market.services.operation.keep_house import expire_jobs
from market.services.release.deliver_result import deliver_result
from market.services.release.keep_receipts import keep_receipts, read_forks

pytestmark = pytest.mark.stories

ACCOUNT = f"lineage/{LINEAGE}/1"
AGENT = a_key("agent").public.hex


@pytest.fixture(params=["memory", "sqlite"])
def market(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Market]:
    """A market with one open dataset, in memory and in a database."""
    if request.param == "memory":
        made = Market()
        made.publish()
        yield made
        return
    make_home(tmp_path)
    with durable_market(tmp_path) as made:
        made.publish()
        yield made


def kept(market: Market, *receipts: Receipt) -> int:
    """How far the chain goes once these came alone."""
    documents = [text(sign(receipt, by="agent")) for receipt in receipts]
    return keep_receipts(market.platform, market.olga, AGENT, documents, now=market.now)


def two(market: Market) -> tuple[Job, Job]:
    return market.evaluated(), market.evaluated(REGIONS)


def test_receipt_that_forks_the_chain_is_kept_as_evidence_and_never_countersigned(
    market: Market,
) -> None:
    first, second = two(market)
    documents, forked = market.release_of(first), market.release_of(second)
    market.accept(first, *documents)
    for _again in range(2):
        with pytest.raises(Conflict, match="receipt-forked"):
            market.accept(second, *forked)
    ended = market.jobs.get(second.job)
    assert (ended.state, ended.end.code) == ("refused", "receipt-forked")
    assert market.jobs.documents(ended.job).by_party("receipt") == {}
    assert market.jobs.documents(ended.job).by_party("envelope") == {}
    with pytest.raises(Conflict, match="not-released"):
        deliver_result(market.platform, market.bob, second.job)
    balance = market.ledger.balance(ACCOUNT)
    assert (balance.spent_units, balance.reserved_units) == (first.rho_units, 0)
    (fork,) = read_forks(market.platform, market.olga).forks
    assert (fork.held.record, fork.offered.record) == (documents[1], forked[1])


def test_release_that_comes_before_its_predecessor_waits_and_costs_nothing_yet(
    market: Market,
) -> None:
    first, second = two(market)
    documents = market.release_of(first)
    envelope, receipt = market.release_of(second)
    late = replace(receipt, sequence=2, previous=record_hash(documents[1]))
    with pytest.raises(Unavailable, match="receipt-early"):
        market.accept(second, envelope, late)
    assert market.jobs.get(second.job).state == "evaluated"
    assert market.ledger.balance(ACCOUNT).spent_units == 0
    market.accept(first, *documents)
    assert market.accept(second, envelope, late).state == "released"
    assert read_forks(market.platform, market.olga).forks == ()


def test_gap_is_closed_by_receipts_that_come_alone(market: Market) -> None:
    first, second = two(market)
    lost = market.release_of(first)
    envelope, receipt = market.release_of(second)
    assert kept(market) == 0
    assert kept(market, lost[1]) == 1
    assert kept(market, lost[1]) == 1
    late = replace(receipt, sequence=2, previous=record_hash(lost[1]))
    assert market.accept(second, envelope, late).state == "released"
    # The first release comes after all: its receipt has its place already.
    assert market.accept(first, *lost).state == "released"


@pytest.mark.parametrize("is_fork", [True, False])
def test_late_release_obeys_the_same_rule(market: Market, is_fork: bool) -> None:
    first, second = two(market)
    documents = market.release_of(first)
    envelope, receipt = market.release_of(second)
    market.accept(first, *documents)
    market.now = market.jobs.get(second.job).deadline
    expire_jobs(market.platform, now=market.now)
    if is_fork:
        with pytest.raises(Conflict, match="receipt-forked"):
            market.accept(second, envelope, receipt)
        assert not carried(market.jobs, second, "receipt")
        assert len(read_forks(market.platform, market.olga).forks) == 1
        return
    late = replace(receipt, sequence=2, previous=record_hash(documents[1]))
    market.accept(second, envelope, late)
    assert carried(market.jobs, second, "receipt")


@pytest.mark.parametrize("changes", [{"sequence": 2}, {"previous": "1" * 64}, {"sequence": 0}])
def test_receipt_that_stands_nowhere_is_refused(
    market: Market, changes: dict[str, int | str]
) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    misplaced = replace(receipt, **changes)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="release-invalid"):
        market.accept(job, envelope, misplaced)
    with pytest.raises(Refused, match="receipt-invalid"):
        kept(market, misplaced)
    assert market.receipts.head(AGENT)[0] == 0


def test_only_the_agents_owner_sends_its_receipts_and_only_its_own(market: Market) -> None:
    receipt = market.release_of(market.evaluated())[1]
    document = text(sign(receipt, by="agent"))
    with pytest.raises(NotPermitted, match="not-your-agent"):
        keep_receipts(market.platform, market.bob, AGENT, [document], now=market.now)
    forged = text(sign(receipt, by="platform"))
    with pytest.raises(Refused, match="receipt-invalid"):
        keep_receipts(market.platform, market.olga, AGENT, [forged], now=market.now)
    assert market.receipts.head(AGENT)[0] == 0


def test_forks_are_shown_to_their_owner_and_to_administrators(market: Market) -> None:
    first, second = two(market)
    documents, forked = market.release_of(first), market.release_of(second)
    market.accept(first, *documents)
    with pytest.raises(Conflict):
        market.accept(second, *forked)
    administrator = replace(market.eve, roles=("administrator",))
    assert len(read_forks(market.platform, administrator).forks) == 1
    assert read_forks(market.platform, market.bob).forks == ()
