"""A run whose form is refused at once is a job that its buyer sees, and costs nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from world.builders import DATASET, LINEAGE
from world.market import Market

from market.entities.job import NO_VERSION, Job
from market.errors import NotFound
from market.plan.text import unreadable
from market.policy.submission.submission import Submission
from market.services.authorize import visible_job
from market.services.compute.plan_job import plan_job
from market.services.operation.keep_house import mend_reservations
from market.services.sources import datasets_of
from market.services.submit.take_in_run import take_in_run

RUN = "submit_north-lab/manual__1"
FORM = Submission("https://git.example.org/q.git", "ab" * 20, DATASET, "0.5")


def take_in(market: Market, **form: str) -> Job:
    submission = replace(FORM, **form)
    return take_in_run(market.platform, market.bob, run=RUN, submission=submission, now=market.now)


def test_form_in_another_spelling_is_the_same_job(market: Market) -> None:
    job = take_in(market, epsilon="0.50", commit="AB" * 20 + "\n")
    assert (job.state, job.epsilon, job.commit) == ("submitted", "0.5", "ab" * 20)


REFUSED = {
    "epsilon": ({"epsilon": "zero"}, "epsilon-malformed"),
    "commit": ({"commit": "main"}, "commit-malformed"),
    "repository": ({"repository": " "}, "repository-missing"),
    "dataset": ({"dataset": "unknown-data"}, "no-dataset"),
    "scp": ({"repository": "git@example.org:a/b.git"}, "repository-address"),
    "plain": ({"repository": "http://git.example.org/q.git"}, "repository-address"),
    "turned": ({"repository": "https://git.example.org/\u202eq"}, "text-unreadable"),
    "bundle": ({"repository": "bundle:" + "ab" * 32}, "bundle-unknown"),
    "nothing": ({"dataset": " "}, "dataset-missing"),
    "twice": ({"dataset": f"{DATASET},{DATASET}"}, "dataset-twice"),
    "one of two": ({"dataset": f"{DATASET},unknown-data"}, "no-dataset"),
    "recipient": ({"recipient": "carol"}, "submission-not-for-members"),
    "verified": ({"verified": "perhaps"}, "verified-malformed"),
    "endless": ({"commit": "a" * 10_000}, "commit-malformed"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_form_is_a_job_with_its_code(market: Market, what: str) -> None:
    form, code = REFUSED[what]
    job = take_in(market, **form)
    assert (job.state, job.end.code) == ("refused", code)
    assert job.end.next_action
    assert market.jobs.page_of_organisation("north-lab", after=None, limit=100) == [job]
    assert visible_job(market.platform, market.bob, job.job) == job
    assert [event.step for event in market.jobs.timeline(job.job)] == ["submitted", "refused"]


@pytest.mark.parametrize("what", REFUSED)
def test_run_that_is_seen_again_is_the_same_refused_job(market: Market, what: str) -> None:
    form, _ = REFUSED[what]
    job = take_in(market, **form)
    market.pass_days(1)
    assert take_in(market, **form) == job
    assert plan_job(market.platform, job, now=market.now) == job
    assert len(market.jobs.timeline(job.job)) == 2


@pytest.mark.parametrize("what", REFUSED)
def test_nothing_is_reserved_for_a_refused_form(market: Market, what: str) -> None:
    before = market.ledger.balance(f"lineage/{LINEAGE}/1")
    take_in(market, **REFUSED[what][0])
    mend_reservations(market.platform, now=market.now)
    assert market.ledger.balance(f"lineage/{LINEAGE}/1") == before


@pytest.mark.parametrize("standing", ["paused", "withdrawn"])
def test_dataset_that_takes_no_jobs_is_named_by_the_job(market: Market, standing: Any) -> None:
    market.stand(standing)
    job = take_in(market)
    assert (job.state, job.end.code, job.datasets[0].version) == (
        "refused",
        f"dataset-{standing}",
        1,
    )


def test_user_without_a_key_sees_why(market: Market) -> None:
    keyless = replace(market.bob, identity_key="")
    job = take_in_run(market.platform, keyless, run=RUN, submission=FORM, now=market.now)
    assert (job.state, job.end.code) == ("refused", "not-a-buyer")


def test_job_on_no_dataset_is_shown_to_its_organisation_alone(market: Market) -> None:
    job = take_in(market, dataset="unknown-data")
    assert job.datasets[0].version == NO_VERSION
    assert datasets_of(market.platform, job) == ()
    with pytest.raises(NotFound, match="no-job"):
        visible_job(market.platform, market.olga, job.job)


@pytest.mark.parametrize("field", ["repository", "commit", "dataset", "epsilon"])
def test_what_a_refused_form_holds_is_kept_readably(market: Market, field: str) -> None:
    job = take_in(market, **{field: "free for \u202edesu eb ton od\u200b\x1b[2J\ud800"})
    assert job.state == "refused"
    shown = (job.repository, job.commit, job.datasets[0].dataset, job.epsilon, job.end.message)
    assert not any(unreadable(text) for text in shown)
