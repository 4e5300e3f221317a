"""A submission that comes again under its key is the job that there is; a new wish is a new job."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from world.market import MEAN_AGE, Market

from market.entities.people import Operator
from market.errors import Refused, TooMany
from market.policy.submission.submission import Submission
from market.policy.submission.submission_key import header_text, read_header
from market.services.access.limits import set_limits
from market.services.jobs.end_job import cancel_job
from market.services.submit.submit_once import Taken, new_key, submit_once

KEY = "0123456789abcdef"


@pytest.fixture
def market() -> Market:
    made = Market()
    made.publish()
    return made


def asked(market: Market) -> Submission:
    commit = market.programs.commit(MEAN_AGE)
    return Submission("https://git.example.org/q.git", commit, market.dataset, "0.5")


def submitted(market: Market, key: str = KEY, user: str = "bob", **changes: Any) -> Taken:
    submission = replace(asked(market), **changes)
    return submit_once(market.platform, market.user(user), submission, key=key, now=market.now)


def test_the_same_under_its_key_is_one_job_whatever_happened_to_it_since(market: Market) -> None:
    first = submitted(market)
    assert not first.is_repeated
    market.pass_days(1)
    assert submitted(market, epsilon="0.50") == Taken(first.job, True)
    ended = cancel_job(market.platform, market.bob, first.job.job, now=market.now)
    assert submitted(market) == Taken(ended, True)
    lines = market.jobs.timeline(first.job.job)
    assert [line.step for line in lines] == ["submitted", "cancelled"]
    assert len(market.jobs.runs_owed()) <= 1


def test_another_key_and_none_are_other_jobs(market: Market) -> None:
    keys = (KEY, new_key(market.platform), "", "")
    assert len({submitted(market, key).job.job for key in keys}) == len(keys)


@pytest.mark.parametrize(
    "changes",
    [{"epsilon": "0.6"}, {"commit": "cd" * 20}, {"repository": "https://git.example.org/r.git"}],
)
def test_something_else_under_the_same_key_is_refused(
    market: Market, changes: dict[str, str]
) -> None:
    first = submitted(market).job
    with pytest.raises(Refused, match=f"submission-key-reused: .*{first.job}"):
        submitted(market, **changes)
    assert [job.job for job in market.jobs.of_buyer("bob", "submitted", limit=9)] == [first.job]


def test_keys_are_each_persons_own(market: Market) -> None:
    mine, theirs = submitted(market), submitted(market, user="eve", epsilon="0.7")
    assert not theirs.is_repeated
    assert theirs.job.job != mine.job.job


def test_no_limit_stands_between_a_submission_and_its_own_job(market: Market) -> None:
    first = submitted(market).job
    most = {"jobs_under_way": 1}
    set_limits(market.platform, Operator(), first.organisation, most, now=market.now)
    with pytest.raises(TooMany):
        submitted(market, new_key(market.platform))
    assert submitted(market).job == first


def test_token_that_did_not_arrive_the_first_time_is_kept_the_second(market: Market) -> None:
    first = submitted(market).job
    again = submit_once(
        market.platform, market.bob, asked(market), key=KEY, now=market.now, token="glpat-secret"
    )
    assert again.is_repeated
    assert market.platform.sent_programs.jobs_with_token() == [first.job]


@pytest.mark.parametrize("key", ["short", "a" * 65, "with spaces in it", 'quote"' * 4, "é" * 20])
def test_malformed_key_submits_nothing(market: Market, key: str) -> None:
    with pytest.raises(Refused, match="submission-key-malformed"):
        submitted(market, key)
    with pytest.raises(Refused, match="submission-key-malformed"):
        read_header(f'"{key}"')
    assert market.jobs.of_buyer("bob", "submitted", limit=9) == []


def test_header_is_a_quoted_string_and_a_bare_word_is_taken_too() -> None:
    assert read_header(header_text(KEY)) == read_header(KEY) == KEY
