"""The agent's database is overwritten in place by an old copy of itself: nothing is spent again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from world.declarations import COUNT, plan_of
from world.live_market import LiveMarket, live_market

from market.agent.loop import Clock, run
from market.errors import Refused
from market.plan.expression import Column
from market.plan.statistics import Sum
from market.vault.store.opening import open_store
from market.vault.store.replies import find_replies

SPENT = plan_of(Sum(Column("insured")))


def put_back(market: LiveMarket, old: dict[str, bytes]) -> None:
    """Old bytes in the very files, which keep their numbers; what was not there is gone."""
    database = market.home.database_path
    number = database.stat().st_ino
    market.store.close()
    for name in ("agent.db", "agent.count"):
        if name in old:
            with (market.home.path / name).open("r+b") as file:
                file.write(old[name])
                file.truncate()
    for companion in ("agent.db-wal", "agent.db-shm"):
        (market.home.path / companion).unlink(missing_ok=True)
    assert database.stat().st_ino == number
    market.store = open_store(database)


def saved(market: LiveMarket, *names: str) -> dict[str, bytes]:
    market.store.close()
    content = {name: (market.home.path / name).read_bytes() for name in names}
    market.store = open_store(market.home.database_path)
    return content


def test_old_database_is_told_without_the_portal(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish(budget="0.6")
        old = saved(market, "agent.db")
        market.released(COUNT)
        put_back(market, old)
        market.lift_platform_caps("visits")
        job = market.requested(SPENT)
        market.step()
        assert find_replies(market.store, job.job) == {}


def test_old_directory_is_told_by_the_agents_own_receipts(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish(budget="0.6")
        old = saved(market, "agent.db", "agent.count")
        market.released(COUNT)
        put_back(market, old)
        market.lift_platform_caps("visits")
        job = market.requested(SPENT)
        rounds = iter([False, True])
        with pytest.raises(Refused, match="has signed receipt 1; its store ends with 0") as refused:
            run(
                market.agent(),
                poll_seconds=1,
                slot_seconds=1,
                clock=Clock(time.time, lambda _seconds: None),
                should_stop=lambda: next(rounds),
            )
        assert refused.value.code == "agent-unreconciled"
        assert find_replies(market.store, job.job) == {}
