"""How long a noise sample took cannot be read off anything the agent does.

A sampler of discrete noise takes longer for some values than for others. Whoever runs the portal
sees every request of the agent and when it came: none of them may depend on a sample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from world.declarations import plan_of
from world.live_market import LiveMarket, live_market

from crypto.noise import derive_noise
from market.agent.loop import Clock, run
from market.client.http.api import PortalClient
from market.plan.expression import Column
from market.plan.statistics import Covariance, Mean

SLOT_SECONDS = 10


@dataclass
class World:
    """A clock that only waiting and sampling move, and what the portal sees of the agent."""

    at: float
    seen: list[tuple[float, str]] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.at += seconds


class Watching(PortalClient):
    """A portal that notes when it is spoken to."""

    world: World

    def get(self, path: str, **query: str) -> Any:
        self.world.seen.append((self.world.at, f"get {path}"))
        return super().get(path, **query)

    def download(self, key: str, *, limit_bytes: int) -> bytes:
        self.world.seen.append((self.world.at, "chunk"))
        return super().download(key, limit_bytes=limit_bytes)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        self.world.seen.append((self.world.at, f"post {path.rsplit('/', 1)[-1]}"))
        return super().post(path, body)


def watched(
    market: LiveMarket, monkeypatch: pytest.MonkeyPatch, sampling_seconds: float
) -> list[tuple[float, str]]:
    """What the portal sees while two jobs are released, a sum and then a recomputed product."""
    jobs = market.evaluated_together(
        plan_of(Mean(Column("visits"))), plan_of(Covariance(Column("visits"), Column("insured")))
    )
    begin = SLOT_SECONDS * math.ceil(market.job(jobs[1]).updated_at / SLOT_SECONDS)
    # The allowance (a second for the round and one for its samples) ends just before a slot.
    world = World(begin + SLOT_SECONDS - 2.5)

    def sample(*arguments: Any, **named: Any) -> int:
        world.at += sampling_seconds
        return derive_noise(*arguments, **named)

    monkeypatch.setattr("market.agent.shares.derive_noise", sample)
    portal = Watching(market.url, market.home.settings().token)
    portal.world = world
    rounds = iter([False, True])
    run(
        replace(market.agent(), portal=portal),
        poll_seconds=2,
        slot_seconds=SLOT_SECONDS,
        clock=Clock(lambda: world.at, world.sleep),
        should_stop=lambda: next(rounds),
    )
    portal.close()
    assert [market.job(job).state for job in jobs] == ["released", "released"]
    return [(at - begin, what) for at, what in world.seen]


def test_portal_sees_the_same_whether_sampling_was_fast_or_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        fast, slow, slower = (watched(market, monkeypatch, each) for each in (0.0, 0.1, 0.25))
    assert fast == slow == slower
    assert {what for _, what in fast} >= {"chunk", "post release"}
