"""The agent's database is overwritten in place by an old copy of itself: nothing is spent again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from agent_house import COUNT, AgentHouse, agent_house, plan_of

from market.agent.loop import Clock, run
from market.errors import Refused
from market.plan.expression import Column
from market.plan.statistics import Sum
from market.vault.store.opening import open_store
from market.vault.store.replies import find_replies

SPENT = plan_of(Sum(Column("insured")))


def put_back(house: AgentHouse, old: dict[str, bytes]) -> None:
    """Old bytes in the very files, which keep their numbers; what was not there is gone."""
    database = house.home.database_path
    number = database.stat().st_ino
    house.store.close()
    for name in ("agent.db", "agent.count"):
        if name in old:
            with (house.home.path / name).open("r+b") as file:
                file.write(old[name])
                file.truncate()
    for companion in ("agent.db-wal", "agent.db-shm"):
        (house.home.path / companion).unlink(missing_ok=True)
    assert database.stat().st_ino == number
    house.store = open_store(database)


def saved(house: AgentHouse, *names: str) -> dict[str, bytes]:
    house.store.close()
    content = {name: (house.home.path / name).read_bytes() for name in names}
    house.store = open_store(house.home.database_path)
    return content


def test_old_database_is_told_without_the_portal(tmp_path: Path) -> None:
    with agent_house(tmp_path) as house:
        house.publish(budget="0.5")
        old = saved(house, "agent.db")
        house.released(COUNT)
        put_back(house, old)
        house.lift_platform_caps("visits")
        job = house.requested(SPENT)
        house.step()
        assert find_replies(house.store, job.job) == {}


def test_old_directory_is_told_by_the_agents_own_receipts(tmp_path: Path) -> None:
    with agent_house(tmp_path) as house:
        house.publish(budget="0.5")
        old = saved(house, "agent.db", "agent.count")
        house.released(COUNT)
        put_back(house, old)
        house.lift_platform_caps("visits")
        job = house.requested(SPENT)
        rounds = iter([False, True])
        with pytest.raises(Refused, match="has signed receipt 1; its store ends with 0") as refused:
            run(
                house.agent(),
                poll_seconds=1,
                slot_seconds=1,
                clock=Clock(time.time, lambda _seconds: None),
                should_stop=lambda: next(rounds),
            )
        assert refused.value.code == "agent-unreconciled"
        assert find_replies(house.store, job.job) == {}
