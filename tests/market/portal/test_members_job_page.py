"""The page of a consortium's job: who has approved, is ready and has delivered, the seal, and where
a session broke off, with whose doing it was and who does what next."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from world.consortium_builders import a_consortium, a_join_proposal
from world.members_portal import MembersPortal

from market.entities.engines import facts_of
from market.entities.job import Job
from market.pages.words import fingerprint

NAMES = ("olga", "carol", "dora", "ada")


@pytest.fixture
def market(tmp_path: Path) -> MembersPortal:
    return MembersPortal(home=tmp_path)


def read(market: MembersPortal, job: Job, name: str = "olga") -> str:
    """The page's text, as somebody reads it."""
    answer = market.browser(name).get(f"/jobs/{job.job}")
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.text)))


def sums_of(market: MembersPortal, job: Job) -> dict[str, int]:
    return {output.output: 1 for output in market.quote_of(job).outputs}


def test_page_renders_in_every_state_for_every_member(market: MembersPortal) -> None:
    released = market.sealed()
    jobs = [
        market.submit(),
        market.planned(),
        market.requested(),
        market.approved(),
        market.sealed(),
        market.release_all(released, sums_of(market, released)),
    ]
    for job in jobs:
        for name in NAMES:
            text = read(market, job, name)
            assert facts_of("members")[job.state].label in text
            assert "Visits everywhere" in text
            assert "No such dataset" not in text


@pytest.mark.parametrize("name", ["bob", "eve", "hugo"])
def test_nobody_else_finds_it(market: MembersPortal, name: str) -> None:
    """Hugo is a member of another consortium."""
    market.found(a_consortium("agreed", a_join_proposal(consortium="matched-people")))
    job = market.sealed()
    browser = market.browser(name)
    assert browser.get(f"/jobs/{job.job}").status_code == 404
    assert job.job not in browser.get("/jobs").text


def test_page_says_who_has_approved_and_is_ready(market: MembersPortal) -> None:
    job = market.requested()
    first, second, _third = job.parties
    market.approve_of(job, first)
    rows = dict(_rows(market, job))
    assert rows[_organisation(market, first)] == ["yes", "yes", "no"]
    assert rows[_organisation(market, second)] == ["no", "no", "no"]


def _organisation(market: MembersPortal, party: str) -> str:
    return market.agreement.member_of(party).organisation


def _rows(market: MembersPortal, job: Job) -> list[tuple[str, list[str]]]:
    """Of each member: approved, ready, released."""
    page = market.browser("olga").get(f"/jobs/{job.job}").text
    cells = re.findall(r'data-label="(Of|Approved|Ready|Released)">([^<]*)<', page)
    told = [value for _, value in cells]
    return [(told[at], told[at + 1 : at + 4]) for at in range(0, len(told), 4)]


def test_page_shows_the_seal_and_whether_arithmetic_is_verified(market: MembersPortal) -> None:
    job = market.sealed(verified="yes")
    text = read(market, job)
    assert fingerprint(market.seal_of(job)) in text
    assert "verified: a member who cheats breaks the run off" in text
    assert "not verified" in read(market, market.sealed(verified="no"))


def test_broken_session_names_party_stage_and_reason_and_who_does_what(
    market: MembersPortal,
) -> None:
    job = market.sealed()
    first, second, third = job.parties
    market.abort(job, first, accused=second, charged=True)
    market.abort(job, third, accused=second)
    text = read(market, market.job(job))
    accused = _organisation(market, second)
    for party in (first, third):
        assert f"{_organisation(market, party)} multiply {accused} member-silent" in text
    assert "Nothing came from it for 60 seconds." in text
    assert "session-aborted" in text
    assert "What to do:" in text
    assert dict(_rows(market, job))[_organisation(market, first)][2] == "broke off"
    # The one who was charged for nothing has a receipt that says so.
    assert text.count(f"Receipt of {_organisation(market, first)}") == 1


def test_result_that_is_not_complete_says_so(market: MembersPortal) -> None:
    job = market.sealed()
    shares = market.shares_of(job, sums_of(market, job))
    for place in (0, 1):
        market.release_of_member(job, job.parties[place], shares[place])
    job = market.abort(market.job(job), job.parties[2])
    assert job.state == "released"
    text = read(market, job)
    assert "It is not complete: 2 of 3 members have delivered" in text
    assert "--accept-unverified" in text


def test_wait_of_a_sealed_job_does_not_promise_that_nothing_is_spent(market: MembersPortal) -> None:
    assert "nothing is spent" in read(market, market.requested())
    text = read(market, market.sealed())
    assert "nothing is spent" not in text
    assert "who has computed has charged it" in text
