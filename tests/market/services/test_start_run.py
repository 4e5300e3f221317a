"""start_owed_runs: no submission is lost while Airflow is away, and none is started twice."""

from __future__ import annotations

import pytest
from world.market import Market

from market.errors import NotPermitted, Refused, Unavailable
from market.ports.stages import RunUnanswered
from market.services.jobs.end_job import cancel_job
from market.services.operation.keep_house import end_lost_run
from market.services.submit.start_run import OWN_TRY_SECONDS, start_owed_runs

AWAY = Unavailable("airflow-unavailable", "Airflow does not answer.", "Check `market status`.")
NOT_READY = RunUnanswered("form-not-ready", "No form yet.", "It appears soon.")


def started(market: Market) -> list[str]:
    return [run for run, _, _ in market.scheduler.triggered]


def later(market: Market) -> int:
    return market.now + OWN_TRY_SECONDS


@pytest.mark.parametrize("failure", [AWAY, NOT_READY])
def test_job_submitted_while_airflow_is_away_starts_when_it_is_back(
    market: Market, failure: Unavailable
) -> None:
    market.scheduler.failure = failure
    job = market.submit()
    assert market.jobs.get(job.job).state == "submitted"
    told = [event.text for event in market.jobs.timeline(job.job)]
    assert failure.message in told[-1]
    market.scheduler.failure = None
    start_owed_runs(market.platform, now=later(market))
    start_owed_runs(market.platform, now=later(market))
    ((run, user, conf),) = market.scheduler.triggered
    assert (run, user) == (job.run, job.buyer)
    assert (conf["commit"], conf["dataset"]) == (job.commit, job.datasets[0].dataset)
    assert market.jobs.runs_owed() == []


def test_run_goes_to_airflow_in_the_same_words_at_once_or_later(market: Market) -> None:
    at_once = market.submit(epsilon="0.25")
    market.scheduler.failure = AWAY
    owed = market.submit(epsilon="0.25")
    market.scheduler.failure = None
    start_owed_runs(market.platform, now=later(market))
    assert started(market) == [at_once.run, owed.run]
    assert market.scheduler.triggered[0][1:] == market.scheduler.triggered[1][1:]


def test_portal_that_ends_between_job_and_run_leaves_the_run_to_another(market: Market) -> None:
    market.scheduler.failure = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        market.submit()
    market.scheduler.failure = None
    start_owed_runs(market.platform, now=later(market) - 1)
    assert started(market) == []
    start_owed_runs(market.platform, now=later(market))
    (job,) = market.jobs.page_of_organisation("north-lab", after=None, limit=2)
    assert started(market) == [job.run]


def test_form_that_is_not_ready_holds_up_no_other(market: Market) -> None:
    market.scheduler.failure = AWAY
    first, second = market.submit(), market.submit()
    market.scheduler.failure = None
    market.scheduler.not_ready.add(first.run)
    start_owed_runs(market.platform, now=later(market))
    assert started(market) == [second.run]
    assert [owed.job for owed in market.jobs.runs_owed()] == [first.job]


def test_airflow_that_is_away_is_told_to_the_operator(market: Market) -> None:
    market.scheduler.failure = AWAY
    job = market.submit()
    with pytest.raises(Unavailable, match="airflow-unavailable"):
        start_owed_runs(market.platform, now=later(market))
    assert [owed.job for owed in market.jobs.runs_owed()] == [job.job]


def test_run_that_has_not_begun_is_not_lost(market: Market) -> None:
    market.scheduler.failure = AWAY
    job = market.submit()
    market.scheduler.failure = None
    market.scheduler.ended.add(job.run)
    assert end_lost_run(market.platform, "", now=market.now + 120) == job.job
    assert market.jobs.get(job.job).state == "submitted"


@pytest.mark.parametrize(
    "refusal",
    [
        Refused("form-refused", "A value breaks a rule.", "Correct it."),
        NotPermitted("airflow-sign-on", "Not known.", "Ask for an account."),
    ],
)
def test_what_airflow_refuses_later_ends_the_job_with_its_code(
    market: Market, refusal: Refused | NotPermitted
) -> None:
    market.scheduler.failure = AWAY
    job = market.submit()
    market.scheduler.failure = refusal
    start_owed_runs(market.platform, now=later(market))
    ended = market.jobs.get(job.job)
    assert (ended.state, ended.end.code if ended.end else "") == ("refused", refusal.code)
    assert market.jobs.runs_owed() == []


def test_run_of_a_job_that_its_buyer_took_back_is_never_started(market: Market) -> None:
    market.scheduler.failure = AWAY
    job = market.submit()
    cancel_job(market.platform, market.bob, job.job, now=market.now)
    market.scheduler.failure = None
    start_owed_runs(market.platform, now=later(market))
    assert started(market) == []
    assert market.jobs.runs_owed() == []
