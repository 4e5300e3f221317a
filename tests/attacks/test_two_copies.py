"""Two copies of one agent release side by side: the one whose chain is not the platform's stops."""

from __future__ import annotations

from pathlib import Path

import pytest
from agent_house import COUNT, AgentHouse, agent_house, now, plan_of

from market.agent.current import check_current
from market.agent.loop import Round, collect, send
from market.agent.reconcile import reconcile
from market.errors import Refused
from market.plan.expression import Column
from market.plan.statistics import Sum

SUMS = (plan_of(Sum(Column("insured"))), plan_of(Sum(Column("visits"))))


def copied(house: AgentHouse) -> None:
    """This house's agent becomes a copy that knows nothing of a release of the other one, and has
    released twice itself: its chain is the longer one."""
    house.publish()
    house.store.close()
    files = [house.home.database_path, house.home.path / "agent.count"]
    before = [path.read_bytes() for path in files]
    house.reopen()
    house.released(COUNT)
    house.store.close()
    for path, data in zip(files, before, strict=True):
        path.write_bytes(data)
    for companion in ("agent.db-wal", "agent.db-shm"):
        (house.home.path / companion).unlink(missing_ok=True)
    house.reopen()
    house.evaluated_together(*SUMS)
    collect(house.agent(), now=now())


def test_copy_with_the_longer_chain_does_not_start(tmp_path: Path) -> None:
    with agent_house(tmp_path) as house:
        copied(house)
        portal = house.client("olga", "agent")
        with pytest.raises(Refused, match="has signed receipt 1; its store ends with 2 or holds"):
            check_current(house.home, house.store, portal)
        assert not house.store.is_reconciled()
        # Nor is the fork forgotten by taking in what came after it.
        with pytest.raises(Refused, match="two copies of the agent have released"):
            reconcile(house.home, house.store, portal, last_sequence=None, now=now())
        assert not house.store.is_reconciled()


def test_copy_whose_receipt_forks_the_chain_releases_nothing_more(tmp_path: Path) -> None:
    with agent_house(tmp_path) as house:
        copied(house)
        send(house.agent(), Round())
        assert not house.store.is_reconciled()
