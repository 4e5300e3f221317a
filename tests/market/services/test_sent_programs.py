"""Programs that are sent, and tokens that are handed over: whose, for what, and for how long."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.market import MEAN_AGE, Market

from crypto.envelope import RecipientKey
from market.errors import MarketError, NotFound, Refused
from market.policy.submission.git_bundle import FIRST_LINE
from market.policy.submission.submission import Submission
from market.services.compute.plan_job import plan_job
from market.services.jobs.end_job import cancel_job
from market.services.people.export_organisation import export_organisation
from market.services.submit.drop_programs import drop_programs
from market.services.submit.repository_tokens import drop_tokens
from market.services.submit.send_program import send_program
from market.services.submit.submit_job import submit_job
from market.services.submit.take_in_run import take_in_run

TOKEN = "glpat-never-to-be-seen-again"
ADDRESS = "https://git.example.org/private.git"


@pytest.fixture
def market() -> Market:
    made = Market()
    made.publish()
    return made


def bundle(commit: str, *, name: str = "HEAD") -> bytes:
    return FIRST_LINE + f"{commit} {name}\n\n".encode() + b"PACK, opaque to all but git"


def asked(market: Market, repository: str, commit: str) -> Submission:
    return Submission(repository, commit, market.dataset, "0.5")


def test_sent_program_is_planned_from_its_bytes(market: Market) -> None:
    commit = market.programs.commit(MEAN_AGE)
    sent = send_program(market.platform, market.bob, bundle(commit), now=market.now)
    assert sent.commits == (commit,)
    job = submit_job(
        market.platform,
        market.bob,
        asked(market, sent.repository.upper().replace("BUNDLE", " bundle"), commit),
        now=market.now,
    )
    assert job.repository == sent.repository
    planned = plan_job(market.platform, job, now=market.now)
    assert (planned.state, planned.end) == ("planned", None)
    assert [access.bundle for access in market.programs.accesses] == [bundle(commit)]


def test_another_organisations_program_cannot_be_named(market: Market) -> None:
    commit = market.programs.commit(MEAN_AGE)
    sent = send_program(market.platform, market.bob, bundle(commit), now=market.now)
    with pytest.raises(NotFound, match="bundle-unknown"):
        submit_job(
            market.platform, market.eve, asked(market, sent.repository, commit), now=market.now
        )


def test_run_that_names_a_program_nobody_sent_is_a_job_with_its_code(market: Market) -> None:
    named = asked(market, "bundle:" + "a" * 64, market.programs.commit(MEAN_AGE))
    job = take_in_run(
        market.platform, market.bob, run="submit_north-lab/1", submission=named, now=market.now
    )
    assert (job.state, job.end and job.end.code) == ("refused", "bundle-unknown")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"no bundle", "bundle-malformed"),
        (bundle("-" + "a" * 40), "bundle-incomplete"),
        (bundle("a" * 39), "bundle-malformed"),
        (FIRST_LINE + b"\n\nPACK", "bundle-malformed"),
        (bundle("a" * 40) + bytes(20_000_000), "bundle-too-large"),
    ],
)
def test_what_is_no_whole_bundle_is_not_kept(market: Market, data: bytes, code: str) -> None:
    with pytest.raises(Refused, match=code):
        send_program(market.platform, market.bob, data, now=market.now)
    assert market.platform.sent_programs.of_organisation("north-lab") == []
    assert market.objects.list("programs/") == []


def test_who_may_not_ask_sends_nothing(market: Market) -> None:
    with pytest.raises(MarketError, match="not-a-buyer"):
        send_program(market.platform, market.user("ada"), bundle("a" * 40), now=market.now)


def test_program_goes_some_days_after_it_was_last_needed(market: Market) -> None:
    commit = market.programs.commit(MEAN_AGE)
    sent = send_program(market.platform, market.bob, bundle(commit), now=market.now)
    market.pass_days(6)
    submit_job(market.platform, market.bob, asked(market, sent.repository, commit), now=market.now)
    market.pass_days(6)
    drop_programs(market.platform, now=market.now)
    assert len(market.objects.list("programs/")) == 1
    market.pass_days(2)
    drop_programs(market.platform, now=market.now)
    assert market.objects.list("programs/") == []
    assert market.platform.sent_programs.of_organisation("north-lab") == []


def test_job_whose_program_is_gone_is_refused_and_nothing_is_spent(market: Market) -> None:
    commit = market.programs.commit(MEAN_AGE)
    sent = send_program(market.platform, market.bob, bundle(commit), now=market.now)
    job = submit_job(
        market.platform, market.bob, asked(market, sent.repository, commit), now=market.now
    )
    market.pass_days(30)
    drop_programs(market.platform, now=market.now)
    ended = plan_job(market.platform, job, now=market.now)
    assert (ended.state, ended.end and ended.end.code) == ("refused", "bundle-unknown")
    assert list(market.ledger.held("job:")) == []


def test_token_is_shown_to_the_fetch_and_forgotten_with_the_plan(market: Market) -> None:
    commit = market.programs.commit(MEAN_AGE)
    job = submit_job(
        market.platform,
        market.bob,
        asked(market, ADDRESS, commit),
        now=market.now,
        token=f" {TOKEN}\n",
    )
    sealed = market.platform.sent_programs.token(job.job)
    assert sealed
    assert TOKEN.encode().hex() not in sealed
    plan_job(market.platform, job, now=market.now)
    (access,) = market.programs.accesses
    assert access.token is not None
    assert access.token.reveal() == TOKEN.encode()
    assert market.platform.sent_programs.jobs_with_token() == []


def test_token_stands_in_no_form_timeline_document_or_export(market: Market) -> None:
    commit = market.programs.commit(MEAN_AGE)
    job = submit_job(
        market.platform, market.bob, asked(market, ADDRESS, commit), now=market.now, token=TOKEN
    )
    exported = export_organisation(market.platform, market.user("ada"), "north-lab", now=market.now)
    lines = b"".join(line for _, file in exported for line in file)
    sealed = market.platform.sent_programs.token(job.job)
    assert TOKEN.encode() not in lines
    assert sealed.encode() not in lines
    assert TOKEN not in repr(market.scheduler.triggered)
    assert TOKEN not in repr(market.jobs.timeline(job.job))


def test_token_of_a_job_that_ended_is_dropped(market: Market) -> None:
    commit = market.programs.commit(MEAN_AGE)
    job = submit_job(
        market.platform, market.bob, asked(market, ADDRESS, commit), now=market.now, token=TOKEN
    )
    drop_tokens(market.platform)
    assert market.platform.sent_programs.jobs_with_token() == [job.job]
    cancel_job(market.platform, market.bob, job.job, now=market.now)
    drop_tokens(market.platform)
    assert market.platform.sent_programs.jobs_with_token() == []


def test_token_outlives_a_change_of_the_platforms_secret(market: Market) -> None:
    commit = market.programs.commit(MEAN_AGE)
    job = submit_job(
        market.platform, market.bob, asked(market, ADDRESS, commit), now=market.now, token=TOKEN
    )
    old, newest = market.platform.token_keys()[0], RecipientKey.generate()
    begun = replace(market.platform, token_keys=lambda: (newest, old))
    assert plan_job(begun, job, now=market.now).state == "planned"


def test_token_that_no_key_opens_is_a_refusal_with_the_next_step(market: Market) -> None:
    commit = market.programs.commit(MEAN_AGE)
    job = submit_job(
        market.platform, market.bob, asked(market, ADDRESS, commit), now=market.now, token=TOKEN
    )
    elsewhere = replace(market.platform, token_keys=lambda: (RecipientKey.generate(),))
    ended = plan_job(elsewhere, job, now=market.now)
    assert (ended.state, ended.end and ended.end.code) == ("refused", "repository-token-refused")


@pytest.mark.parametrize("token", ["two words", "ä", "x" * 1_001])
def test_what_is_no_token_is_refused_and_not_repeated(market: Market, token: str) -> None:
    named = asked(market, ADDRESS, market.programs.commit(MEAN_AGE))
    with pytest.raises(Refused, match="repository-token-malformed") as refused:
        submit_job(market.platform, market.bob, named, now=market.now, token=token)
    assert token not in str(refused.value)


def test_token_for_a_program_that_was_sent_is_refused(market: Market) -> None:
    named = asked(market, "bundle:" + "a" * 64, "a" * 40)
    with pytest.raises(Refused, match="repository-token-needless"):
        submit_job(market.platform, market.bob, named, now=market.now, token=TOKEN)
