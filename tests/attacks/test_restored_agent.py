"""The owner's machine is put back to an old state: the budget spent since is not spent again."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from world.declarations import COUNT, plan_of
from world.live_market import live_market

from crypto.secret import Secret
from market.plan.expression import Column
from market.plan.statistics import Sum
from market.vault.backup import backup, restore
from market.vault.store.opening import open_store
from market.vault.store.replies import find_replies


@pytest.mark.parametrize("way", ["restored", "copied"])
def test_agent_put_back_in_time_approves_and_releases_nothing(tmp_path: Path, way: str) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        archive = tmp_path / "agent.backup"
        backup(market.home, archive, entropy=secrets.token_bytes)
        # A copy of the whole directory tree carries no mark: the file it lies in tells.
        old = {p: p.read_bytes() for p in sorted(market.home.path.glob("agent.db*"))}
        market.released(COUNT)
        market.store.close()
        if way == "restored":
            unlock = Secret((market.home.path / "unlock").read_bytes())
            market.home = restore(archive, tmp_path / "again", unlock, keep_unlock=True)
        else:
            for path in market.home.path.glob("agent.db*"):
                path.rename(tmp_path / path.name)
            for path, data in old.items():
                path.write_bytes(data)
                path.chmod(0o600)
        market.store = open_store(market.home.database_path)
        job = market.requested(plan_of(Sum(Column("insured"))))
        market.step()
        assert find_replies(market.store, job.job) == {}
