"""cancel_job, change_standing, keep_house: what ends, and what happens by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.builders import DATASET, LINEAGE, a_grant, a_standing, sign, text
from world.market import REGIONS, Market

from market.entities.job import End, Job
from market.entities.people import User
from market.errors import Conflict, NotFound, NotPermitted, Refused, Unavailable
from market.ports.stages import RunUnanswered
from market.records.standing import StandingWord
from market.services.compute.plan_job import plan_job
from market.services.jobs.end_job import cancel_job, end_job
from market.services.operation.keep_house import (
    answer_waits,
    end_lost_run,
    expire_jobs,
    mend_reservations,
)
from market.services.publish.change_standing import change_standing

ACCOUNT = f"lineage/{LINEAGE}/1"


def reserved(market: Market) -> int:
    return market.ledger.balance(ACCOUNT).reserved_units


def end(market: Market, job: Job) -> Job:
    return end_job(market.platform, job, "failed", End("c", "m", "n"), now=market.now)


@pytest.mark.parametrize("reach", ["submit", "planned", "requested"])
def test_buyer_takes_a_job_back_before_its_approval_and_gets_the_rho_back(
    market: Market, reach: str
) -> None:
    job: Job = getattr(market, reach)()
    cancelled = cancel_job(market.platform, market.bob, job.job, now=market.now)
    assert (cancelled.state, cancelled.end.code) == ("cancelled", "cancelled-by-buyer")
    assert reserved(market) == 0


def test_approved_job_is_not_taken_back(market: Market) -> None:
    job = market.approved()
    with pytest.raises(NotPermitted, match="job-under-way"):
        cancel_job(market.platform, market.bob, job.job, now=market.now)
    assert reserved(market) == job.rho_units


def test_job_of_another_organisation_is_not_taken_back(market: Market) -> None:
    job = market.planned()
    for user in (market.eve, market.olga, replace(market.bob, roles=("owner",))):
        with pytest.raises(NotFound, match="no-job"):
            cancel_job(market.platform, user, job.job, now=market.now)


def test_job_that_moved_on_is_not_ended(market: Market) -> None:
    job = market.planned()
    moved = replace(job, state="requested")
    market.jobs.jobs[job.job] = moved
    with pytest.raises(Conflict, match="job-state"):
        end(market, job)
    assert reserved(market) == job.rho_units


def test_ended_job_is_not_ended_again(market: Market) -> None:
    ended = end(market, market.planned())
    with pytest.raises(Conflict, match="already ended"):
        end(market, ended)


@pytest.mark.parametrize(
    ("reach", "days", "code"),
    [
        ("submit", 1, "plan-timeout"),
        ("planned", 1, "request-timeout"),
        ("requested", 7, "approval-timeout"),
        ("approved", 5, "evaluation-timeout"),
        ("evaluated", 36, "release-timeout"),
    ],
)
def test_wait_that_has_run_out_expires_the_job_and_gives_its_rho_back(
    market: Market, reach: str, days: int, code: str
) -> None:
    job: Job = getattr(market, reach)()
    expire_jobs(market.platform, now=job.deadline - 1)
    assert market.jobs.get(job.job) == job
    market.pass_days(days)
    expire_jobs(market.platform, now=market.now)
    ended = market.jobs.get(job.job)
    assert (ended.state, ended.end.code) == ("expired", code)
    assert reserved(market) == 0


def test_approved_job_is_not_ended_while_its_approval_holds(market: Market) -> None:
    job = market.approved()
    expire_jobs(market.platform, now=market.request_of(job).expires_at - 1)
    assert market.jobs.get(job.job).state == "approved"


def test_reservations_end_by_themselves_at_last(market: Market) -> None:
    job = market.approved()
    waits = market.platform.waits
    # As if its run had been lost and no housekeeper had come by.
    market.jobs.jobs.pop(job.job)
    expire_jobs(market.platform, now=market.now + waits.reservation_seconds - 1)
    assert reserved(market) > 0
    expire_jobs(market.platform, now=market.now + waits.reservation_seconds)
    assert reserved(market) == 0


def test_crash_between_end_and_release_of_the_reservation_is_mended(market: Market) -> None:
    job = market.planned()
    market.jobs.jobs[job.job] = replace(job, state="cancelled")
    assert reserved(market) == job.rho_units
    mend_reservations(market.platform, now=market.now)
    mend_reservations(market.platform, now=market.now + 1)
    assert reserved(market) == 0


def test_job_that_expired_after_its_debit_stops_no_mending(market: Market) -> None:
    spent = market.evaluated()
    held = market.planned(REGIONS)
    market.ledger.debit(f"job/{spent.job}/0", now=market.now)
    for job in (spent, held):
        market.jobs.jobs[job.job] = replace(job, state="expired")
    mend_reservations(market.platform, now=market.now)
    balance = market.ledger.balance(ACCOUNT)
    assert (balance.spent_units, balance.reserved_units) == (spent.rho_units, 0)


def test_ending_a_job_after_its_debit_ends_it_and_keeps_the_debit(market: Market) -> None:
    job = market.evaluated()
    market.ledger.debit(f"job/{job.job}/0", now=market.now)
    assert end(market, job).state == "failed"
    assert market.ledger.balance(ACCOUNT).spent_units == job.rho_units


def test_wait_for_signatures_goes_on_once_the_job_is_approved(market: Market) -> None:
    job = market.requested()
    answer_waits(market.platform, now=market.now)
    assert market.scheduler.answers == []
    market.approve(job)
    for _ in range(2):
        answer_waits(market.platform, now=market.now)
    assert market.scheduler.answers == [(job.run, "await_signatures", True)]


def test_wait_its_run_has_not_reached_is_answered_later(market: Market) -> None:
    job = market.released()
    market.scheduler.reached = {"await_signatures"}
    answer_waits(market.platform, now=market.now)
    market.scheduler.reached.add("await_release")
    answer_waits(market.platform, now=market.now)
    assert market.scheduler.answers == [
        (job.run, "await_signatures", True),
        (job.run, "await_release", True),
    ]


def test_run_that_cannot_be_answered_holds_up_no_other(market: Market) -> None:
    broken, waiting = market.approved(), market.approved(REGIONS)
    market.scheduler.broken.add(broken.run)
    with pytest.raises(RunUnanswered, match=broken.run):
        answer_waits(market.platform, now=market.now)
    assert market.scheduler.answers == [(waiting.run, "await_signatures", True)]
    market.scheduler.broken.clear()
    answer_waits(market.platform, now=market.now)
    assert market.scheduler.answers[1:] == [(broken.run, "await_signatures", True)]


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        ("submit", []),
        ("planned", [("await_signatures", False)]),
        ("evaluated", [("await_signatures", True), ("await_release", False)]),
    ],
)
def test_run_of_a_job_that_ended_badly_stops_at_the_wait_it_is_at(
    market: Market, reach: str, expected: list[tuple[str, bool]]
) -> None:
    end(market, getattr(market, reach)())
    answer_waits(market.platform, now=market.now)
    told = [(wait, go_on) for _, wait, go_on in market.scheduler.answers]
    assert sorted(told) == sorted(expected)


@pytest.mark.parametrize("standing", ["paused", "withdrawn"])
def test_dataset_taken_down_ends_the_jobs_nobody_has_approved(
    market: Market, standing: StandingWord
) -> None:
    waiting = [market.submit(), market.planned(REGIONS), market.requested()]
    under_way = market.approved(epsilon="0.4")
    market.stand(standing)
    assert {market.jobs.get(job.job).end.code for job in waiting} == {f"dataset-{standing}"}
    assert market.jobs.get(under_way.job).state == "approved"
    assert reserved(market) == under_way.rho_units
    assert all(form.datasets == () for form in market.forms.read().forms.organisations)


def test_paused_dataset_is_resumed_and_a_withdrawn_one_is_not(market: Market) -> None:
    market.stand("paused")
    market.stand("listed")
    assert all(form.datasets for form in market.forms.read().forms.organisations)
    market.stand("withdrawn")
    with pytest.raises(Conflict, match="standing-final"):
        market.stand("listed")


def said(market: Market, document: str, by: User | None = None) -> None:
    change_standing(market.platform, by or market.olga, DATASET, document, now=market.now)


def test_only_the_owner_changes_a_standing(market: Market) -> None:
    with pytest.raises(NotPermitted, match="not-your-dataset"):
        said(market, text(sign(a_standing())), by=market.bob)


@pytest.mark.parametrize(
    "document",
    [
        text(sign(a_standing(), by="platform")),
        text(sign(a_standing(dataset="another-one"))),
        text(sign(a_standing())).replace('"paused"', '"listed"'),
        text(sign(a_grant())),
        "{}",
    ],
    ids=["platform's", "of another", "altered", "another record", "nothing"],
)
def test_what_the_owner_did_not_sign_of_it_changes_no_standing(
    market: Market, document: str
) -> None:
    with pytest.raises(Refused, match="standing-invalid"):
        said(market, document)
    assert market.catalogue.dataset(DATASET).standing == "listed"


def test_an_older_standing_changes_nothing_and_the_same_one_ends_what_waits(
    market: Market,
) -> None:
    first, second = text(sign(a_standing())), text(sign(a_standing(number=2, state="listed")))
    said(market, first)
    said(market, second)
    with pytest.raises(Conflict, match="standing-outdated"):
        said(market, first)
    job = market.planned()
    said(market, second)
    assert market.jobs.get(job.job).state == "planned"


def test_next_version_ends_what_waits_on_the_one_before(market: Market) -> None:
    waiting = market.requested()
    under_way = market.approved(epsilon="0.4")
    market.publish(version=2)
    ended = market.jobs.get(waiting.job)
    assert (ended.state, ended.end.code) == ("refused", "version-superseded")
    assert "version 2 is current" in ended.end.next_action
    assert market.jobs.get(under_way.job).state == "approved"
    assert market.planned().datasets[0].version == 2


def test_version_the_owner_goes_on_serving_keeps_its_jobs_under_the_newest_policy(
    market: Market,
) -> None:
    market.stand("listed", served_versions=(1,))
    requested, submitted = market.requested(), market.submit(REGIONS)
    market.publish(version=2, statistics=("count",))
    assert market.jobs.get(requested.job).state == "requested"
    refused = plan_job(market.platform, market.jobs.get(submitted.job), now=market.now)
    assert (refused.datasets[0].version, refused.end.code) == (1, "statistic-not-allowed")
    market.stand("listed", served_versions=())
    assert market.jobs.get(requested.job).end.code == "version-superseded"


@pytest.mark.parametrize("reach", ["submit", "planned", "requested", "approved"])
def test_job_whose_run_is_over_or_gone_ends_with_a_code_and_costs_nothing(
    market: Market, reach: str
) -> None:
    job: Job = getattr(market, reach)()
    market.scheduler.ended.add(job.run)
    later = job.updated_at + 120
    assert end_lost_run(market.platform, "", now=later - 1) == ""
    assert end_lost_run(market.platform, "", now=later) == job.job
    ended = market.platform.jobs.get(job.job)
    assert (ended.state, ended.end.code) == ("failed", "run-lost")
    assert reserved(market) == 0
    answer_waits(market.platform, now=later)
    assert market.platform.jobs.answers_owed() == []


def test_job_whose_run_goes_on_is_left_alone_and_the_next_is_asked_after(market: Market) -> None:
    first, second = sorted((market.approved().job, market.planned().job))
    later = market.now + 120
    assert end_lost_run(market.platform, "", now=later) == first
    assert end_lost_run(market.platform, first, now=later) == second
    assert end_lost_run(market.platform, second, now=later) == ""
    assert not any(market.platform.jobs.get(job).is_terminal for job in (first, second))


def test_evaluated_job_needs_its_run_no_more(market: Market) -> None:
    job = market.evaluated()
    market.scheduler.ended.add(job.run)
    assert end_lost_run(market.platform, "", now=job.updated_at + 120) == ""


def test_airflow_that_cannot_tell_ends_no_job(market: Market) -> None:
    job = market.approved()
    market.scheduler.broken.add(job.run)
    assert end_lost_run(market.platform, "", now=job.updated_at + 120) == job.job
    market.scheduler.failure = Unavailable("airflow-unavailable", "No answer.", "Later.")
    with pytest.raises(Unavailable):
        end_lost_run(market.platform, "", now=job.updated_at + 120)
    assert market.platform.jobs.get(job.job).state == "approved"
