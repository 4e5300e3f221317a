"""An agent that was put back takes in what it has missed, by a button: releases and listings."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from world.desk_browser import DeskBrowser
from world.live_market import LiveMarket, live_market
from world.signed_in_desk import SCOPES, signed_in_home
from world.waiting import eventually

from crypto.secret import Secret
from market.desk.desk import Desk
from market.desk.undertakings import Undertaking
from market.owner.word.change_terms import Wanted, changed_terms
from market.owner.word.relist import relist, terms_in_force
from market.vault.backup import backup, restore

pytestmark = [
    pytest.mark.stories,
    pytest.mark.skipif(sys.platform != "linux", reason="descriptors by path"),
]


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveMarket]:
    """A release, a backup, and after it another release and another edition."""
    with live_market(tmp_path) as market:
        signed_in_home(market, market.root / "client", "olga", *SCOPES)
        market.publish()
        market.released()
        backup(market.home, tmp_path / "agent.backup", entropy=secrets.token_bytes)
        market.released()
        terms = changed_terms(terms_in_force(market.owner, "visits"), Wanted(price_cents=900))
        relist(market.client("olga", "owner"), market.owner, "visits", terms)
        yield market


@pytest.fixture
def desk(market: LiveMarket) -> Iterator[DeskBrowser]:
    """At the agent that was made of the backup."""
    unlock = Secret((market.home.path / "unlock").read_bytes())
    restore(market.root / "agent.backup", market.root / "again", unlock, keep_unlock=True)
    browser = DeskBrowser(Desk(market.root / "client", market.root / "again"))
    browser.enter()
    yield browser
    browser.desk.close()


def ended(desk: DeskBrowser, **typed: str) -> Undertaking:
    answer: Any = desk.post("/agent/catch-up", page="/agent", **typed)
    work = desk.desk.undertakings.find(desk.place(answer).removeprefix("/undertakings/"))
    eventually(lambda: work.state != "working")
    return work


def test_it_names_what_it_has_missed_and_takes_it_in(desk: DeskBrowser) -> None:
    assert "restored, or put back" in desk.get("/agent").text
    assert "has missed edition 2 of version 1" in desk.get("/tables/of/visits").text
    work = ended(desk, last_sequence="2")
    assert (work.state, work.path) == ("done", "/agent?done=caught-up"), work.error
    shown = desk.get("/agent").text
    assert "It had missed 1 release." in shown
    assert "Edition 2 of the listing of visits, version 1." in shown
    assert "restored, or put back" not in shown
    table = desk.get("/tables/of/visits").text
    assert "has missed" not in table
    assert "9.00" in table


def test_fewer_receipts_than_its_owner_knows_of_change_nothing(desk: DeskBrowser) -> None:
    for typed in ("-1", "two", "9" * 13):
        refused = desk.post("/agent/catch-up", page="/agent", last_sequence=typed)
        assert refused.status_code == 422, typed
    work = ended(desk, last_sequence="3")
    assert work.error is not None
    assert work.error.code == "receipts-missing"
    assert "restored, or put back" in desk.get("/agent").text
    assert "has missed edition 2" in desk.get("/tables/of/visits").text
