"""A release that comes when its job has ended: charged and kept, so that no receipt is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from world.builders import DAY, LINEAGE, sign, text
from world.durable_market import durable_market, make_home
from world.job_builders import carried
from world.market import REGIONS, Market
from world.people import a_key

from market.entities.job import End, Job
from market.errors import Conflict, Refused
from market.records.signed import record_hash
from market.services.jobs.end_job import end_job
from market.services.operation.keep_house import expire_jobs, mend_reservations
from market.services.release.deliver_result import deliver_result
from market.services.release.read_receipts import KeptReceipt, read_receipts

pytestmark = pytest.mark.stories

ACCOUNT = f"lineage/{LINEAGE}/1"


def receipts(market: Market) -> list[KeptReceipt]:
    agent = a_key("agent").public.hex
    return list(read_receipts(market.platform, market.olga, agent=agent, after=0).receipts)


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


def expired(market: Market, job: Job) -> Job:
    market.now = job.deadline
    expire_jobs(market.platform, now=market.now)
    ended = market.jobs.get(job.job)
    assert (ended.state, ended.end.code) == ("expired", "release-timeout")
    return ended


def books(market: Market) -> tuple[int, int]:
    balance = market.ledger.balance(ACCOUNT)
    return balance.spent_units, balance.reserved_units


def test_late_release_is_charged_and_its_receipt_kept_while_the_job_stays_ended(
    market: Market,
) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    ended = expired(market, job)
    assert books(market) == (0, 0)
    kept = market.accept(job, envelope, receipt)
    assert market.jobs.get(job.job) == kept
    assert (kept.state, kept.end.code) == ("expired", "release-timeout")
    assert not carried(market.jobs, kept, "envelope")
    assert kept.updated_at == ended.updated_at
    assert "no further budget" in kept.end.next_action
    assert books(market) == (job.rho_units, 0)
    (shown,) = receipts(market)
    assert shown.job == job.job
    assert shown.document == text(sign(receipt, by="agent"))
    assert market.jobs.timeline(job.job)[-1].step == "late-release"
    with pytest.raises(Conflict, match="not-released"):
        deliver_result(market.platform, market.bob, job.job)


def test_late_release_again_changes_nothing(market: Market) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    expired(market, job)
    kept = market.accept(job, envelope, receipt)
    market.pass_days(1)
    assert market.accept(job, envelope, receipt) == kept
    mend_reservations(market.platform, now=market.now)
    expire_jobs(market.platform, now=market.now + 400 * DAY)
    assert books(market) == (job.rho_units, 0)
    steps = [event.step for event in market.jobs.timeline(job.job)]
    assert steps.count("late-release") == 1


def test_another_late_release_of_the_same_job_is_a_conflict(market: Market) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    expired(market, job)
    market.accept(job, envelope, receipt)
    other = replace(receipt, sequence=2, previous=record_hash(receipt))
    with pytest.raises(Conflict, match="job-state"):
        market.accept(job, envelope, other)
    assert books(market) == (job.rho_units, 0)


def test_late_release_not_of_this_request_is_refused(market: Market) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    expired(market, job)
    with pytest.raises(Refused, match="release-invalid"):
        market.accept(job, envelope, replace(receipt, request_hash="00" * 32))
    with pytest.raises(Refused, match="release-invalid"):
        market.accept(job, envelope, receipt, by="platform")
    assert books(market) == (0, 0)


def test_release_of_a_job_that_ended_before_its_evaluation_is_a_conflict(market: Market) -> None:
    evaluated = market.evaluated(REGIONS)
    documents = market.release_of(evaluated)
    approved = market.approved(epsilon="0.4")
    end_job(market.platform, approved, "failed", End("c", "m", "n"), now=market.now)
    with pytest.raises(Refused, match="release-invalid"):
        market.accept(approved, *documents)


def test_question_released_late_costs_no_budget_when_asked_again(market: Market) -> None:
    job = market.evaluated()
    documents = market.release_of(job)
    expired(market, job)
    market.accept(job, *documents)
    again = market.planned()
    assert again.plan_hash == job.plan_hash
    assert books(market) == (job.rho_units, 0)


def test_late_release_is_charged_though_its_budget_went_to_another_job(market: Market) -> None:
    job = market.evaluated()
    documents = market.release_of(job)
    expired(market, job)
    cap = job.rho_units + job.rho_units // 2
    market.ledger.open_account(ACCOUNT, cap)
    other = market.planned(REGIONS)
    assert books(market) == (0, other.rho_units)
    assert other.rho_units + job.rho_units > cap
    market.accept(job, *documents)
    balance = market.ledger.balance(ACCOUNT)
    assert (balance.spent_units, balance.reserved_units) == (job.rho_units, other.rho_units)
    assert balance.available_units == 0


def test_late_repetition_keeps_its_receipt_and_costs_nothing(market: Market) -> None:
    job = market.evaluated()
    documents = market.release_of(job, charge=0)
    expired(market, job)
    market.accept(job, *documents)
    assert books(market) == (0, 0)
    assert len(receipts(market)) == 1


def test_job_that_ended_after_the_debit_is_charged_once(market: Market) -> None:
    job = market.evaluated()
    documents = market.release_of(job)
    market.ledger.debit(f"job/{job.job}/0", now=market.now)
    expired(market, job)
    market.accept(job, *documents)
    assert books(market) == (job.rho_units, 0)


def test_job_ended_while_its_release_is_taken_keeps_the_receipt(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = market.evaluated()
    documents = market.release_of(job)
    get, reads = type(market.jobs).get, []

    def reads_too_early(jobs: object, name: str) -> Job:
        reads.append(name)
        if len(reads) > 1:
            return get(market.jobs, name)
        expire_jobs(market.platform, now=job.deadline)
        return job

    monkeypatch.setattr(type(market.jobs), "get", reads_too_early)
    kept = market.accept(job, *documents)
    monkeypatch.undo()
    assert (kept.state, books(market)) == ("expired", (job.rho_units, 0))
    assert len(receipts(market)) == 1


def test_release_after_its_reservation_ran_out_is_charged_all_the_same(market: Market) -> None:
    job = market.evaluated()
    documents = market.release_of(job)
    market.ledger.expire(now=market.now + market.platform.waits.reservation_seconds)
    assert market.accept(job, *documents).state == "released"
    assert books(market) == (job.rho_units, 0)
