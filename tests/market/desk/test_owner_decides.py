"""An owner's pages: their agent, what waits for their word, whom they let ask, how tables stand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from world.declarations import MEAN, TABLE
from world.desk_browser import DeskBrowser
from world.live_market import LiveMarket, live_market
from world.live_union import live_union
from world.members_live import live_members
from world.people import fingerprint
from world.signed_in_desk import SCOPES, signed_in_home
from world.waiting import eventually

from market.desk.desk import Desk
from market.records.fingerprint_words import words_of
from market.records.grant import Grant
from market.vault.grants import read_grants
from market.vault.home import is_worked_from

pytestmark = pytest.mark.stories


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveMarket]:
    with live_market(tmp_path) as market:
        yield market


@pytest.fixture
def newcomer(market: LiveMarket, tmp_path: Path) -> Iterator[DeskBrowser]:
    """Olga, at a machine without an agent."""
    signed_in_home(market, tmp_path / "new" / "client", "olga", *SCOPES)
    browser = DeskBrowser.at(tmp_path / "new")
    yield browser
    browser.desk.close()


@pytest.fixture
def desk(market: LiveMarket) -> Iterator[DeskBrowser]:
    """Olga's, whose agent the market has made in `agent`."""
    signed_in_home(market, market.root / "client", "olga", *SCOPES)
    browser = DeskBrowser.at(market.root)
    yield browser
    browser.desk.close()


def test_who_has_no_agent_makes_one(newcomer: DeskBrowser) -> None:
    assert newcomer.place(newcomer.get("/tables")) == "/agent"
    made = newcomer.post("/agent/new", page="/agent", passphrase="", again="")
    assert newcomer.place(made) == "/tables?done=agent-made"
    assert "You have no table here yet" in newcomer.get("/tables").text
    assert newcomer.post("/agent/new", page="/keys", passphrase="", again="").status_code == 422


def test_who_signed_in_as_a_buyer_makes_no_agent(market: LiveMarket, newcomer: DeskBrowser) -> None:
    home = newcomer.desk.client
    home.save_account(replace(home.account(), token=market.token("olga", "client")))
    refused = newcomer.post("/agent/new", page="/agent", passphrase="", again="")
    assert "Sign in again as one who owns data" in refused.text
    assert not newcomer.desk.has_agent


def test_a_question_is_read_in_words_and_approved(market: LiveMarket, desk: DeskBrowser) -> None:
    market.publish(approval="manual")
    job = market.requested()
    market.step()
    assert market.job(job).state == "requested", "left to its owner"
    assert "waits for you" in desk.get("/requests").text
    shown = desk.get(f"/requests/{job.job}").text
    for told in ("north-lab", "number of rows", "12.50", "Leaves everybody"):
        assert told in shown, told
    said = desk.post(f"/requests/{job.job}/approve", page=f"/requests/{job.job}")
    assert desk.place(said) == "/requests?done=approved"
    assert market.job(job).state == "approved"
    assert desk.get(f"/requests/{job.job}").status_code == 409, "it waits for no word any more"


def test_a_no_says_why_and_spends_nothing(market: LiveMarket, desk: DeskBrowser) -> None:
    market.publish(approval="manual")
    job = market.requested()
    page = f"/requests/{job.job}"
    assert desk.post(f"{page}/refuse", page=page, reason=" ").status_code == 422
    assert market.job(job).state == "requested"
    desk.post(f"{page}/refuse", page=page, reason="Too fine for so few people.")
    assert market.job(job).end.message == "Too fine for so few people."
    assert "epsilon 8.00 of 8.00" in desk.get("/tables/of/visits").text


def test_a_grant_is_for_the_key_whose_words_were_heard(
    market: LiveMarket, desk: DeskBrowser
) -> None:
    market.publish(access="request")
    market.client("bob", "client").post(
        "datasets/visits/access-requests", {"purpose": "How often people go."}
    )
    asked = desk.get("/requests").text
    assert "How often people go." in asked
    form = desk.get("/grants?dataset=visits&user=bob").text
    assert fingerprint("bob") not in form, "words copied from the page would compare nothing"
    assert words_of(fingerprint("bob")) not in form
    given = {"dataset": "visits", "user": "bob", "epsilon": "2", "days": "30"}
    for heard in ("", "nonsense", words_of(fingerprint("eve"))):
        refused = desk.post("/grants", page="/grants", words=heard, **given)
        assert refused.status_code == 422, heard
        assert fingerprint("bob") not in refused.text
    assert "You have given none yet" in desk.get("/grants").text
    granted = desk.post("/grants", page="/grants", words=words_of(fingerprint("bob")), **given)
    assert desk.place(granted) == "/grants?done=granted"
    page = desk.get("/grants").text
    assert "bob of north-lab" in page
    assert "epsilon 2" in page
    (grant,) = (one.grant for one in _grants(market))
    desk.post("/grants/revoke", page="/grants", dataset="visits", grant=grant)
    assert "revoked" in desk.get("/grants").text


@pytest.mark.parametrize("days", ["", "0", "-1", "3651", "³", "9" * 50])
def test_days_that_are_none_grant_nothing(market: LiveMarket, desk: DeskBrowser, days: str) -> None:
    market.publish(access="request")
    words = words_of(fingerprint("bob"))
    refused = desk.post("/grants", page="/grants", dataset="visits", words=words, days=days)
    assert refused.status_code == 422
    assert not _grants(market)


def test_what_was_answered_is_told_by_the_agents_receipts(
    market: LiveMarket, desk: DeskBrowser
) -> None:
    market.publish()
    market.released()
    shown = desk.get("/tables/of/visits").text
    assert "bob of north-lab" in shown
    assert "12.50" in shown
    assert "burn-line" in shown


def test_a_table_is_paused_resumed_and_withdrawn_by_its_name(
    market: LiveMarket, desk: DeskBrowser
) -> None:
    market.publish()
    page = "/tables/of/visits"
    for word, state in (("pause", "paused"), ("resume", "listed")):
        desk.post(f"{page}/standing", page=page, word=word)
        assert market.catalogue.dataset("visits").standing == state
    for deed in ("standing", "destroy"):
        wrong = desk.post(f"{page}/{deed}", page=page, word="withdraw", typed="visit")
        assert wrong.status_code == 422
    assert market.catalogue.dataset("visits").standing == "listed"
    desk.post(f"{page}/destroy", page=page, typed="visits")
    assert market.catalogue.dataset("visits").standing == "withdrawn"
    assert "key destroyed" in desk.get("/tables").text


def test_the_agent_is_saved_once_to_a_path(
    market: LiveMarket, desk: DeskBrowser, tmp_path: Path
) -> None:
    archive = tmp_path / "agent.backup"
    saved = desk.post("/agent/backup", page="/agent", archive=str(archive))
    assert desk.place(saved) == "/agent?done=agent-saved"
    assert archive.stat().st_mode & 0o777 == 0o600
    for path in (str(archive), "", str(archive / "a"), str(tmp_path)):
        assert desk.post("/agent/backup", page="/agent", archive=path).status_code == 422, path


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors by path")
def test_the_agent_answers_while_the_desk_runs(market: LiveMarket, desk: DeskBrowser) -> None:
    """A process of its own, which holds the agent's home, and ends with the desk."""
    market.publish()
    job = market.requested()
    assert "rests" in desk.get("/agent").text
    desk.post("/agent/run", page="/agent")
    eventually(lambda: market.job(job).state == "approved")
    assert "while this page" in desk.get("/agent").text
    assert desk.post("/agent/run", page="/agent").status_code == 409
    desk.post("/agent/rest", page="/agent")
    assert not is_worked_from(market.home.path)


def _grants(market: LiveMarket) -> list[Grant]:
    return list(read_grants(market.home, "visits", market.owner.identity.public.hex))


def test_owner_sees_who_else_is_asked_and_what_is_theirs_of_the_price(tmp_path: Path) -> None:
    with live_union(tmp_path) as market:
        signed_in_home(market, market.root / "client", "olga", *SCOPES)
        desk = DeskBrowser.at(market.root)
        job = market.requested(dataset="visits-north, visits-south")
        shown = " ".join(desk.get(f"/requests/{job.job}").text.split())
        desk.desk.close()
    for told in ("Who else is asked", "visits-south", "not yet", "12.50", "of 25.00"):
        assert told in shown, told
    assert "12.50 EUR in all" not in shown


def test_member_of_a_consortium_sees_the_others_of_its_questions(tmp_path: Path) -> None:
    with live_members(tmp_path) as market:
        market.bind_all(dict.fromkeys(market.consortium.organisations, TABLE))
        signed_in_home(market, tmp_path / "client", "carol", *SCOPES)
        agent = market.owner_at("couriers").home.path
        desk = DeskBrowser(Desk(tmp_path / "client", agent))
        desk.enter()
        job = market.requested(MEAN)
        assert job.job in desk.get("/requests").text
        shown = " ".join(desk.get(f"/requests/{job.job}").text.split())
        desk.desk.close()
    for told in ("Who else is asked", "clinics", "insurers", "Among clinics, couriers, insurers"):
        assert told in shown, told
    assert shown.count("not yet") == len(market.consortium.organisations) - 1
