"""A release that comes when its job has ended: charged and kept, so that no receipt is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from builders import DAY, LINEAGE, a_key, sign, text
from durable_market import durable_market, make_home
from simulator import REGIONS, Market

from market.entities.job import Job
from market.errors import Conflict, Refused
from market.records.signed import record_hash
from market.services.deliver_result import deliver_result
from market.services.end_job import end_job
from market.services.keep_house import expire_jobs, mend_reservations
from market.services.read_receipts import KeptReceipt, read_receipts

ACCOUNT = f"lineage/{LINEAGE}/1"


def receipts(town: Market) -> list[KeptReceipt]:
    agent = a_key("agent").public.hex
    return read_receipts(town.platform, town.olga, agent=agent, after=0)


@pytest.fixture(params=["memory", "sqlite"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Market]:
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


def expired(town: Market, job: Job) -> Job:
    town.now = job.deadline
    expire_jobs(town.platform, now=town.now)
    ended = town.jobs.get(job.job)
    assert (ended.state, ended.code) == ("expired", "release-timeout")
    return ended


def books(town: Market) -> tuple[int, int]:
    balance = town.ledger.balance(ACCOUNT)
    return balance.spent_units, balance.reserved_units


def test_late_release_is_charged_and_its_receipt_kept_while_the_job_stays_ended(
    town: Market,
) -> None:
    job = town.evaluated()
    envelope, receipt = town.release_of(job)
    ended = expired(town, job)
    assert books(town) == (0, 0)
    kept = town.accept(job, envelope, receipt)
    assert town.jobs.get(job.job) == kept
    assert (kept.state, kept.code, kept.envelope) == ("expired", "release-timeout", None)
    assert kept.updated_at == ended.updated_at
    assert "no further budget" in kept.next_action
    assert books(town) == (job.rho_units, 0)
    (shown,) = receipts(town)
    assert shown.job == job.job
    assert shown.document == text(sign(receipt, by="agent"))
    assert town.jobs.timeline(job.job)[-1].step == "late-release"
    with pytest.raises(Conflict, match="not-released"):
        deliver_result(town.platform, town.ada, job.job)


def test_late_release_again_changes_nothing(town: Market) -> None:
    job = town.evaluated()
    envelope, receipt = town.release_of(job)
    expired(town, job)
    kept = town.accept(job, envelope, receipt)
    town.pass_days(1)
    assert town.accept(job, envelope, receipt) == kept
    mend_reservations(town.platform, now=town.now)
    expire_jobs(town.platform, now=town.now + 400 * DAY)
    assert books(town) == (job.rho_units, 0)
    steps = [event.step for event in town.jobs.timeline(job.job)]
    assert steps.count("late-release") == 1


def test_another_late_release_of_the_same_job_is_a_conflict(town: Market) -> None:
    job = town.evaluated()
    envelope, receipt = town.release_of(job)
    expired(town, job)
    town.accept(job, envelope, receipt)
    other = replace(receipt, sequence=2, previous=record_hash(receipt))
    with pytest.raises(Conflict, match="job-state"):
        town.accept(job, envelope, other)
    assert books(town) == (job.rho_units, 0)


def test_late_release_not_of_this_request_is_refused(town: Market) -> None:
    job = town.evaluated()
    envelope, receipt = town.release_of(job)
    expired(town, job)
    with pytest.raises(Refused, match="release-invalid"):
        town.accept(job, envelope, replace(receipt, request_hash="00" * 32))
    with pytest.raises(Refused, match="release-invalid"):
        town.accept(job, envelope, receipt, by="platform")
    assert books(town) == (0, 0)


def test_release_of_a_job_that_ended_before_its_evaluation_is_a_conflict(town: Market) -> None:
    evaluated = town.evaluated(REGIONS)
    documents = town.release_of(evaluated)
    approved = town.approved(epsilon="0.4")
    end_job(town.platform, approved, "failed", code="c", message="m", next_action="n", now=town.now)
    with pytest.raises(Refused, match="release-invalid"):
        town.accept(approved, *documents)


def test_question_released_late_costs_no_budget_when_asked_again(town: Market) -> None:
    job = town.evaluated()
    documents = town.release_of(job)
    expired(town, job)
    town.accept(job, *documents)
    again = town.planned()
    assert again.plan_hash == job.plan_hash
    assert books(town) == (job.rho_units, 0)


def test_late_release_is_charged_though_its_budget_went_to_another_job(town: Market) -> None:
    job = town.evaluated()
    documents = town.release_of(job)
    expired(town, job)
    cap = job.rho_units + job.rho_units // 2
    town.ledger.open_account(ACCOUNT, cap)
    other = town.planned(REGIONS)
    assert books(town) == (0, other.rho_units)
    assert other.rho_units + job.rho_units > cap
    town.accept(job, *documents)
    balance = town.ledger.balance(ACCOUNT)
    assert (balance.spent_units, balance.reserved_units) == (job.rho_units, other.rho_units)
    assert balance.available_units == 0


def test_late_repetition_keeps_its_receipt_and_costs_nothing(town: Market) -> None:
    job = town.evaluated()
    documents = town.release_of(job, charge=0)
    expired(town, job)
    town.accept(job, *documents)
    assert books(town) == (0, 0)
    assert len(receipts(town)) == 1


def test_job_that_ended_after_the_debit_is_charged_once(town: Market) -> None:
    job = town.evaluated()
    documents = town.release_of(job)
    town.ledger.debit(f"job/{job.job}", now=town.now)
    expired(town, job)
    town.accept(job, *documents)
    assert books(town) == (job.rho_units, 0)


def test_job_ended_while_its_release_is_taken_keeps_the_receipt(
    town: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = town.evaluated()
    documents = town.release_of(job)
    get, reads = type(town.jobs).get, []

    def reads_too_early(jobs: object, name: str) -> Job:
        reads.append(name)
        if len(reads) > 1:
            return get(town.jobs, name)
        expire_jobs(town.platform, now=job.deadline)
        return job

    monkeypatch.setattr(type(town.jobs), "get", reads_too_early)
    kept = town.accept(job, *documents)
    monkeypatch.undo()
    assert (kept.state, books(town)) == ("expired", (job.rho_units, 0))
    assert len(receipts(town)) == 1


def test_release_after_its_reservation_ran_out_is_charged_all_the_same(town: Market) -> None:
    job = town.evaluated()
    documents = town.release_of(job)
    town.ledger.expire(now=town.now + town.platform.waits.reservation_seconds)
    assert town.accept(job, *documents).state == "released"
    assert books(town) == (job.rho_units, 0)
