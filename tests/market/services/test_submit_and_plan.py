"""submit_job and plan_job: form, entitlement, price, policy, reservation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from world.builders import DATASET, DAY, LINEAGE, a_grant, sign
from world.job_builders import carried
from world.market import MEAN_AGE, REGIONS, Market
from world.people import fingerprint

from crypto import canonical
from market.entities.documents import Documents
from market.entities.job import Job, JobEvent
from market.errors import Conflict, NotFound, NotPermitted, Refused, Unavailable
from market.policy.budget.accounts import buyer_accounts, lineage_accounts
from market.policy.submission.submission import Submission
from market.services.compute.plan_job import plan_job
from market.services.submit.submit_job import new_job

LINEAGE_ACCOUNT = f"lineage/{LINEAGE}/1"


def reserved(market: Market) -> int:
    return market.ledger.balance(LINEAGE_ACCOUNT).reserved_units


def submit_form(market: Market, **form: Any) -> Job:
    values = {
        "run": "submit_north-lab/manual__1",
        "repository": "https://git.example.org/q.git",
        "commit": "ab" * 20,
        "dataset": DATASET,
        "epsilon": "0.5",
    }
    values |= form
    run = values.pop("run")
    submission = Submission(**values)
    return new_job(market.platform, market.bob, run=run, submission=submission, now=market.now)


def test_submission_stores_the_job_and_starts_its_run_for_the_user(market: Market) -> None:
    job = market.submit()
    run, user, conf = market.scheduler.triggered[0]
    assert (run, user) == (job.run, "bob")
    assert run.startswith("submit_north-lab/")
    assert conf["dataset"] == DATASET
    assert market.jobs.get(job.job).state == "submitted"
    assert [event.step for event in market.jobs.timeline(job.job)] == ["submitted"]


def test_run_that_is_seen_again_is_the_same_job(market: Market) -> None:
    first = submit_form(market)
    market.pass_days(1)
    assert submit_form(market) == first
    assert len(market.jobs.timeline(first.job)) == 1


def test_job_and_run_carry_the_normal_form(market: Market) -> None:
    job = market.submit(epsilon="1.0")
    conf = market.scheduler.triggered[0][2]
    assert (job.epsilon, conf["epsilon"]) == ("1", "1")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"commit": "main"}, "commit-malformed"),
        ({"commit": "GB" * 20}, "commit-malformed"),
        ({"epsilon": "0"}, "epsilon-malformed"),
        ({"epsilon": "-1"}, "epsilon-malformed"),
        ({"epsilon": "101"}, "epsilon-malformed"),
        ({"epsilon": "nan"}, "epsilon-malformed"),
    ],
)
def test_malformed_form_is_refused(market: Market, form: dict[str, str], code: str) -> None:
    with pytest.raises(Refused, match=code):
        submit_form(market, **form)
    assert market.jobs.page_of_organisation("north-lab", after=None, limit=100) == []


def test_only_a_buyer_with_an_identity_key_submits(market: Market) -> None:
    with pytest.raises(NotPermitted, match="not-a-buyer"):
        market.submit(buyer=market.olga)
    with pytest.raises(NotPermitted, match="not-a-buyer"):
        market.submit(buyer=replace(market.bob, identity_key=""))


@pytest.mark.parametrize("standing", ["paused", "withdrawn"])
def test_dataset_that_is_not_listed_takes_no_jobs(market: Market, standing: Any) -> None:
    market.stand(standing)
    with pytest.raises(Refused, match=f"dataset-{standing}"):
        market.submit()
    with pytest.raises(NotFound, match="no-dataset"):
        market.submit(dataset="unknown-data")


def test_plan_is_priced_and_its_rho_reserved_in_every_account(market: Market) -> None:
    job = market.planned()
    assert job.state == "planned"
    assert (
        0
        < job.rho_units
        == canonical.loads(carried(market.jobs, job, "quote").encode())["rho_units"]
    )
    manifest = market.catalogue.dataset(DATASET).manifest.record
    for account in (*lineage_accounts(manifest), *buyer_accounts(manifest, fingerprint("bob"))):
        assert market.ledger.balance(account).reserved_units == job.rho_units
    assert job.deadline == market.now + market.platform.waits.request_seconds


def test_planning_again_returns_the_planned_job(market: Market) -> None:
    job = market.planned()
    assert plan_job(market.platform, job, now=market.now) == job
    assert reserved(market) == job.rho_units


def test_crash_between_reservation_and_saving_is_mended_by_planning_again(market: Market) -> None:
    job = market.submit()
    save = market.jobs.save

    def dies(job: Job, **how: object) -> Documents:
        raise ConnectionError

    market.jobs.save = dies  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        plan_job(market.platform, job, now=market.now)
    held = reserved(market)
    assert held > 0
    assert market.jobs.get(job.job).state == "submitted"

    market.jobs.save = save  # type: ignore[method-assign]
    planned = plan_job(market.platform, job, now=market.now + 60)
    assert planned.state == "planned"
    assert reserved(market) == planned.rho_units == held


def test_program_that_breaks_a_rule_ends_the_job_naming_file_and_line(market: Market) -> None:
    job = market.planned('def build(ds):\n    return {"rows": len(ds)}\n')
    assert job.state == "refused"
    assert job.end.code == "program-refused"
    assert "job.py:2" in job.end.program_says
    assert reserved(market) == 0


def test_plan_builder_that_is_away_fails_the_job(market: Market) -> None:
    market.programs.failure = Unavailable("no-sandbox", "No sandbox.", "Install one.")
    job = market.planned()
    assert (job.state, job.end.code) == ("failed", "no-sandbox")


def test_statistic_the_owner_does_not_sell_is_refused() -> None:
    market = Market()
    market.publish(statistics=("count",))
    job = market.planned()
    assert (job.state, job.end.code) == ("refused", "statistic-not-allowed")


def test_job_over_its_cap_is_refused() -> None:
    market = Market()
    market.publish(job_rho_units=1_000)
    assert market.planned().end.code == "over-job-cap"


def test_buyer_stays_within_his_allocation_whatever_the_lineage_has_left() -> None:
    market = Market()
    market.publish(buyer_rho_units=10**10)
    first = market.planned(REGIONS)
    assert first.state == "planned"
    second = market.planned(MEAN_AGE)
    assert (second.state, second.end.code) == ("refused", "over-budget")
    assert second.end.message.startswith("Of your allocation rho 0.00")
    assert market.planned(MEAN_AGE, buyer=market.eve).state == "planned"


def test_lineage_is_one_budget_over_all_buyers_listings_and_versions() -> None:
    market = Market()
    market.publish(budget_rho_units=10**10, buyer_rho_units=10**10)
    assert market.approved().state == "approved"
    market.publish(version=2, budget_rho_units=10**10, buyer_rho_units=10**10)
    market.publish("same-people", budget_rho_units=10**10, buyer_rho_units=10**10)
    for form in ({}, {"buyer": market.eve}, {"dataset": "same-people", "buyer": market.eve}):
        job = market.planned(**form)
        assert (job.state, job.end.code) == ("refused", "over-budget")


def test_dataset_by_grant_is_closed_to_others_before_a_run_is_started() -> None:
    market = Market()
    market.publish(access="invitation")
    with pytest.raises(Refused, match="no-grant"):
        market.submit()
    assert (
        market.scheduler.triggered,
        market.jobs.page_of_organisation("north-lab", after=None, limit=100),
    ) == ([], [])
    market.catalogue.add_grant(sign(a_grant()), now=market.now)
    assert market.planned().state == "planned"
    with pytest.raises(Refused, match="no-grant"):
        market.submit(buyer=market.eve)


def test_expired_grant_no_longer_entitles() -> None:
    market = Market()
    market.publish(access="request")
    market.catalogue.add_grant(sign(a_grant(expires_at=market.now + DAY)), now=market.now)
    assert market.planned().state == "planned"
    market.pass_days(1)
    with pytest.raises(Refused, match="no-grant"):
        market.submit(REGIONS)


def test_grant_that_expires_between_submission_and_plan_does_not_entitle() -> None:
    market = Market()
    market.publish(access="request")
    market.catalogue.add_grant(sign(a_grant(expires_at=market.now + DAY)), now=market.now)
    job = market.submit()
    assert plan_job(market.platform, job, now=market.now + DAY).end.code == "no-grant"


def test_grants_allocation_replaces_the_policys() -> None:
    market = Market()
    market.publish(access="request")
    market.catalogue.add_grant(sign(a_grant(rho_units=1_000)), now=market.now)
    job = market.planned()
    assert (job.state, job.end.code) == ("refused", "over-budget")


def test_question_released_before_reserves_nothing(market: Market) -> None:
    market.released()
    spent = market.ledger.balance(LINEAGE_ACCOUNT)
    again = market.planned()
    assert again.state == "planned"
    assert market.ledger.balance(LINEAGE_ACCOUNT) == spent
    # Whoever has the finer answer has the coarser one.
    assert market.planned(epsilon="0.1").state == "planned"
    assert market.ledger.balance(LINEAGE_ACCOUNT) == spent


def test_finer_answer_reserves_the_difference(market: Market) -> None:
    first = market.released()
    finer = market.planned(epsilon="0.9")
    assert first.rho_units < finer.rho_units
    assert reserved(market) == finer.rho_units - first.rho_units
    assert "you have the rest" in market.jobs.timeline(finer.job)[-1].text


def test_same_question_on_a_new_version_is_a_new_one(market: Market) -> None:
    market.released()
    market.publish(version=2)
    market.planned()
    assert reserved(market) > 0


def test_job_cancelled_while_its_plan_was_built_is_not_planned(market: Market) -> None:
    job = market.submit()
    ended = replace(job, state="cancelled")
    market.jobs.save(
        ended, expected="submitted", event=JobEvent(job.job, market.now, "cancelled", "-")
    )
    with pytest.raises(Conflict, match="job-state"):
        plan_job(market.platform, job, now=market.now)
    assert market.jobs.get(job.job) == ended


def test_address_that_could_not_be_fetched_is_refused_before_there_is_a_job(
    market: Market,
) -> None:
    with pytest.raises(Refused, match="repository-address"):
        submit_form(market, run="submit_north-lab/manual", repository="http://git.example.org/q")
    assert market.jobs.find_run("submit_north-lab/manual") is None
    assert market.scheduler.triggered == []
