"""A consortium's pages: to its members, what it is and what comes next; to others, nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from world.consortium_builders import (
    CONSORTIUM,
    MEMBERS,
    a_consortium,
    a_join_proposal,
    a_proposal,
    agreement_of,
)
from world.consortium_market import founded, settle_members
from world.people import fingerprint
from world.portal_market import PortalMarket

from market.entities.account import Charge
from market.entities.consortium import Consortium, ConsortiumState
from market.entities.job import AskedDataset, Job
from market.policy.budget.accounts import epoch_account
from market.records.fingerprint_words import words_of

PAGE = f"/consortia/{CONSORTIUM}"


@pytest.fixture
def seated(market: PortalMarket) -> PortalMarket:
    settle_members(market)
    return market


def read(market: PortalMarket, name: str, path: str = PAGE) -> str:
    """The page's text, as somebody reads it."""
    answer = market.browser(name).get(path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.text)))


def run_of(market: PortalMarket, consortium: Consortium, name: str = "job-1") -> Job:
    """A job under an agreement, as it is stored once it was planned."""
    job = replace(
        market.planned(),
        job=name,
        run=market.scheduler.run_of_consortium(CONSORTIUM, consortium.number, name),
        datasets=(AskedDataset(CONSORTIUM, consortium.number),),
        parties=agreement_of(consortium).parties,
    )
    return market.jobs.add(job)


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("proposed", ["waits for members", f"market consortium join {CONSORTIUM}"]),
        ("joined", ["waits for consents", f"market consortium consent {CONSORTIUM}"]),
        ("agreed", ["in force", f"market consortium bind {CONSORTIUM} DECLARATION.toml TABLE"]),
        ("ended", ["ended", "propose agreement 2", "market consortium propose PROPOSAL.toml"]),
    ],
)
def test_page_says_what_comes_next_and_for_whom(
    seated: PortalMarket, until: ConsortiumState, said: list[str]
) -> None:
    founded(seated, until, bound=False)
    text = read(seated, "olga")
    for words in said:
        assert words in text
    if until != "ended":
        for organisation in a_proposal().seats:
            assert f"{organisation.organisation.title()} :" in text


def test_page_shows_what_all_consent_to_and_every_key_in_words(seated: PortalMarket) -> None:
    found = founded(seated)
    text = read(seated, "carol")
    assert agreement_of(found).sentence in text
    for organisation in found.organisations:
        assert words_of(fingerprint(MEMBERS[organisation])) in text


def test_page_of_a_consortium_that_holds_leads_to_its_own_form(seated: PortalMarket) -> None:
    founded(seated)
    page = seated.browser("olga").get(PAGE).text
    assert f"/airflow?next=/dags/consortium_{CONSORTIUM}_1" in page
    assert "What comes next" not in page


def test_member_sees_what_is_left_of_their_own_people_and_nobody_elses(
    seated: PortalMarket,
) -> None:
    founded(seated)
    for name in ("olga", "carol"):
        binding = seated.consortia.bindings_of(name)[CONSORTIUM].record
        account = epoch_account(binding.lineages[0], binding.epoch)
        spend(seated, account, 10**9 if name == "olga" else 2 * 10**9)
    assert "Spent rho 0.0010 " in read(seated, "olga")
    assert "Spent rho 0.0020 " in read(seated, "carol")


def spend(market: PortalMarket, account: str, rho_units: int) -> None:
    charges, key = (Charge(account, rho_units),), f"spent {account}"
    market.ledger.reserve(key, charges, now=market.now, expires_at=market.now + 1)
    market.ledger.debit(key, now=market.now)


def test_helper_without_data_has_no_budget_to_spend(seated: PortalMarket) -> None:
    founded(seated, "agreed", a_join_proposal())
    text = read(seated, "hugo")
    assert "You compute without data" in text
    assert "holds no data" in text
    assert "holds age, insured" in text
    assert "Matching the tables costs" in text


def test_runs_are_those_under_this_agreement(seated: PortalMarket) -> None:
    seated.publish()
    found = founded(seated)
    job = run_of(seated, found)
    later = run_of(seated, founded_again(found), "job-2")
    text = read(seated, "olga")
    assert job.job in text
    assert "approved by 0, receipts of 0 of 3" in text
    assert later.job not in text


def founded_again(found: Consortium) -> Consortium:
    """The same members' next agreement, of which only the number matters here."""
    proposal = replace(found.proposal.record, number=2, previous=found.agreement_hash)
    return a_consortium("agreed", proposal)


@pytest.fixture(params=["bob", "eve", "hugo"])
def outsider(request: pytest.FixtureRequest, seated: PortalMarket) -> str:
    """Bob and eve are no members of anything; hugo is one of another consortium."""
    founded(seated)
    helped = a_join_proposal(consortium="elsewhere", title="Elsewhere")
    founded(seated, "agreed", helped)
    return str(request.param)


def without_request(page: str) -> str:
    return re.sub(r"Request <code>\w+</code>", "", page)


def test_outsider_finds_neither_page_nor_name(seated: PortalMarket, outsider: str) -> None:
    browser = seated.browser(outsider)
    absent = browser.get("/consortia/no-such-consortium")
    hidden = browser.get(PAGE)
    assert hidden.status_code == absent.status_code == 404
    # In the same words, whether or not there is one.
    same = hidden.text.replace(CONSORTIUM, "no-such-consortium")
    assert without_request(same) == without_request(absent.text)
    for path in ("/consortia", "/", "/jobs", "/inbox"):
        assert CONSORTIUM not in browser.get(path).text
        assert "Visits everywhere" not in browser.get(path).text


@pytest.mark.parametrize(
    ("name", "is_there"), [("olga", True), ("hugo", False), ("bob", False), ("ada", True)]
)
def test_link_is_there_for_members_alone(seated: PortalMarket, name: str, is_there: bool) -> None:
    founded(seated)
    assert ('href="/consortia"' in seated.browser(name).get("/").text) is is_there


def test_list_says_what_each_waits_for(seated: PortalMarket) -> None:
    founded(seated, "joined")
    text = read(seated, "dora", "/consortia")
    assert "Visits everywhere" in text
    assert "Waits for Clinics , Couriers , Insurers ." in text
    founded(seated, "agreed", a_join_proposal(consortium="elsewhere", title="Elsewhere"))
    assert "It can be asked." in read(seated, "carol", "/consortia")


def test_who_has_left_reads_their_agreement_and_nothing_later(seated: PortalMarket) -> None:
    ended = founded(seated, "ended")
    following = a_join_proposal(
        consortium=CONSORTIUM, number=2, previous=ended.agreement_hash, proposer="couriers"
    )
    founded(seated, "proposed", following)
    browser = seated.browser("dora")
    assert browser.get(PAGE).status_code == 404
    earlier = browser.get(f"{PAGE}?number=1")
    assert earlier.status_code == 200
    assert "The newest is" not in earlier.text
    assert "The newest is 2" in read(seated, "olga", f"{PAGE}?number=1")
    assert seated.browser("hugo").get(f"{PAGE}?number=1").status_code == 404
