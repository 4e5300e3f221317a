"""Two copies of one agent release side by side: the one whose chain is not the platform's stops."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.declarations import COUNT, plan_of
from world.live_market import LiveMarket, live_market, now

from market.agent.current import check_current
from market.agent.loop import Round, collect, send
from market.agent.reconcile import reconcile
from market.errors import Refused
from market.plan.expression import Column
from market.plan.statistics import Sum

SUMS = (plan_of(Sum(Column("insured"))), plan_of(Sum(Column("visits"))))


def copied(market: LiveMarket) -> None:
    """This market's agent becomes a copy that knows nothing of a release of the other one, and has
    released twice itself: its chain is the longer one."""
    market.publish()
    market.store.close()
    files = [market.home.database_path, market.home.path / "agent.count"]
    before = [path.read_bytes() for path in files]
    market.reopen()
    market.released(COUNT)
    market.store.close()
    for path, data in zip(files, before, strict=True):
        path.write_bytes(data)
    for companion in ("agent.db-wal", "agent.db-shm"):
        (market.home.path / companion).unlink(missing_ok=True)
    market.reopen()
    market.evaluated_together(*SUMS)
    collect(market.agent(), now=now())


def test_copy_with_the_longer_chain_does_not_start(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        copied(market)
        portal = market.client("olga", "agent")
        with pytest.raises(Refused, match="has signed receipt 1; its store ends with 2 or holds"):
            check_current(market.home, market.store, portal)
        assert not market.store.is_reconciled()
        # Nor is the fork forgotten by taking in what came after it.
        with pytest.raises(Refused, match="two copies of the agent have released"):
            reconcile(market.home, market.store, portal, last_sequence=None, now=now())
        assert not market.store.is_reconciled()


def test_copy_whose_receipt_forks_the_chain_releases_nothing_more(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        copied(market)
        send(market.agent(), Round())
        assert not market.store.is_reconciled()
