"""An agent that was put back from before an edition of a listing says which one it has missed; its
owner has it take that in, and until then nothing is answered under the older terms."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from world.declarations import COUNT
from world.live_market import LiveMarket, live_market, now

from crypto.secret import Secret
from market.agent.reconcile import TakenIn, reconcile
from market.client.http.api import PortalClient
from market.errors import NotFound, Refused
from market.log import logging_to
from market.owner.word.change_terms import Wanted, changed_terms
from market.owner.word.own_editions import own_editions
from market.owner.word.relist import relist, terms_in_force
from market.vault.backup import backup, restore
from market.vault.editions import held_editions
from market.vault.holdings import read_holding
from market.vault.layout import version_path
from market.vault.store.opening import open_store

pytestmark = pytest.mark.stories


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveMarket]:
    """A market whose owner has narrowed the terms since the backup of their agent was made."""
    with live_market(tmp_path) as made:
        made.publish()
        backup(made.home, tmp_path / "agent.backup", entropy=secrets.token_bytes)
        change(made, price_cents=900, access="invitation")
        yield made


class Forging(PortalClient):
    """A portal that lists the table at another price than its owner signed."""

    def get(self, path: str, **query: str) -> Any:
        lines = super().get(path, **query)
        for line in lines:
            line["listing"] = line["listing"].replace('"price_cents":900', '"price_cents":1')
        return lines


def change(market: LiveMarket, **wanted: Any) -> None:
    terms = changed_terms(terms_in_force(market.owner, "visits"), Wanted(**wanted))
    relist(market.client("olga", "owner"), market.owner, "visits", terms)


def lost_and_restored(market: LiveMarket) -> None:
    unlock = Secret((market.home.path / "unlock").read_bytes())
    market.store.close()
    market.home = restore(
        market.root / "agent.backup", market.root / "again", unlock, keep_unlock=True
    )
    market.store = open_store(market.home.database_path)


def missed(market: LiveMarket) -> list[tuple[int, int]]:
    """Versions and editions that the portal shows and the agent does not have."""
    found = own_editions(market.client("olga", "owner"), market.home, "visits").missed
    return [(one.version, one.edition) for one in found]


def taken_in(market: LiveMarket) -> TakenIn:
    portal = market.client("olga", "agent")
    return reconcile(market.home, market.store, portal, last_sequence=None, now=now())


def test_restored_agent_names_the_missed_edition_and_takes_it_in(market: LiveMarket) -> None:
    assert missed(market) == []
    lost_and_restored(market)
    assert missed(market) == [(1, 2)]
    with pytest.raises(Refused, match="agent-unreconciled"):
        change(market, price_cents=800)
    done = taken_in(market)
    assert [(one.dataset, one.version, one.edition) for one in done.listings] == [("visits", 1, 2)]
    assert missed(market) == []
    holding = read_holding(market.home, "visits", 1)
    assert (holding.policy.price_cents, holding.policy.access) == (900, "invitation")
    assert taken_in(market).listings == ()
    change(market, price_cents=800)
    assert held_editions(market.home, "visits", 1) == [1, 2, 3]


def test_question_under_an_edition_that_is_not_here_waits_and_names_it(
    market: LiveMarket,
) -> None:
    change(market, access="open")
    (version_path(market.home, "visits", 1) / "editions" / "3.json").unlink()
    job = market.requested(COUNT)
    log = io.StringIO()
    with logging_to(log):
        market.step()
    assert market.job(job).state == "requested", "neither answered nor refused"
    told = log.getvalue()
    assert "edition-not-held" in told
    assert "edition 3 of the listing of visits version 1" in told
    with pytest.raises(NotFound, match="has missed version 1 in edition 3") as refused:
        change(market, price_cents=800)
    assert "market agent reconcile" in refused.value.next_action
    assert len(taken_in(market).listings) == 1
    # A new look at the question, as its answer is not tried again at once.
    market.reopen()
    market.approve(job)


def test_edition_the_owner_never_signed_is_none_that_was_missed(market: LiveMarket) -> None:
    lost_and_restored(market)
    portal = Forging(market.url, market.token("olga", "owner"))
    found = own_editions(portal, market.home, "visits")
    portal.close()
    assert [one.edition for one in found.listings] == [1]
