"""A portal or store that goes away while the agent fetches: waited for, and not for ever."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer

import pytest
from structlog.testing import capture_logs
from world.declarations import plan_of
from world.live_market import LiveMarket, now
from world.loopback import free_port, serving
from world.manual_clock import ManualClock

from market.agent.agent import Agent
from market.agent.fetch_chunks import ROUND_WAIT_SECONDS, ChunkSource
from market.agent.loop import Clock, Round, collect, send
from market.agent.stop import Stopped
from market.client.http.api import PortalClient
from market.entities.job import Job
from market.errors import Unavailable
from market.plan.expression import Column
from market.plan.statistics import Covariance
from market.portal.app import create_app
from market.records.manifest import Chunk
from market.settings import Settings
from market.vault.store.chain import receipts

PRODUCT = plan_of(Covariance(Column("visits"), Column("insured")))


@dataclass
class Door:
    """A portal's server that can be stopped and started again."""

    market: LiveMarket
    home: Path
    port: int = field(default_factory=free_port)
    _running: ExitStack = field(default_factory=ExitStack)
    _returns: Timer | None = None

    def open(self) -> None:
        app = create_app(self.market.platform, Settings(home=self.home, portal_port=self.port))
        self._running.enter_context(serving(app, self.port))

    def go_away(self, seconds: float) -> None:
        self._running.pop_all().close()
        self._returns = Timer(seconds, self.open)
        self._returns.start()

    def close(self) -> None:
        if self._returns is not None:
            self._returns.join()
        self._running.pop_all().close()


class ClosingDoor(PortalClient):
    """The way to a portal whose server stops when the first chunk is asked for."""

    def __init__(self, door: Door, token: str, *, away_seconds: float) -> None:
        super().__init__(f"http://127.0.0.1:{door.port}", token)
        self.door, self.away_seconds = door, away_seconds
        self.tries = 0

    def download(self, key: str, *, limit_bytes: int) -> bytes:
        self.tries += 1
        if self.tries == 1:
            self.close()
            self.door.go_away(self.away_seconds)
        return super().download(key, limit_bytes=limit_bytes)


@pytest.fixture
def door(market: LiveMarket, tmp_path: Path) -> Iterator[Door]:
    made = Door(market, tmp_path)
    made.open()
    yield made
    made.close()


@pytest.fixture
def job(market: LiveMarket) -> Job:
    return market.evaluated(PRODUCT)


@contextmanager
def agent_behind(door: Door, *, away_seconds: float) -> Iterator[tuple[Agent, ClosingDoor]]:
    market = door.market
    token = market.token("olga", "agent")
    with closing(ClosingDoor(door, token, away_seconds=away_seconds)) as portal:
        yield Agent(market.home, market.store, portal, secrets.token_bytes), portal


def test_server_that_starts_again_is_waited_for(market: LiveMarket, door: Door, job: Job) -> None:
    with agent_behind(door, away_seconds=1.0) as (agent, portal):
        send(agent, collect(agent, now=now()))
    assert portal.tries > 2
    assert market.job(job).state == "released"


def test_server_that_stays_away_is_given_up_and_nothing_is_spent(
    market: LiveMarket, door: Door, job: Job
) -> None:
    before = receipts(market.store)
    clock = ManualClock(0.0)
    with agent_behind(door, away_seconds=2.0) as (agent, _), capture_logs() as lines:
        found = collect(agent, now=now(), clock=Clock(time.time, clock.sleep, clock.now))
    assert found == Round()
    assert ROUND_WAIT_SECONDS - 15 <= clock.at <= ROUND_WAIT_SECONDS
    told = [(line["subject"], line["code"]) for line in lines if line["event"] == "not now"]
    assert told == [(job.job, "portal-unavailable")]
    assert receipts(market.store) == before
    assert market.job(job).state == "evaluated"
    market.step()
    assert market.job(job).state == "released"


def test_agent_that_is_told_to_stop_waits_no_longer(
    market: LiveMarket, door: Door, job: Job
) -> None:
    def stop(_seconds: float) -> None:
        raise Stopped

    with agent_behind(door, away_seconds=0.5) as (agent, portal), pytest.raises(Stopped):
        collect(agent, now=now(), clock=Clock(sleep=stop))
    assert portal.tries == 1
    assert market.job(job).state == "evaluated"


def test_all_chunks_of_a_round_wait_for_one_limit() -> None:
    class Away(PortalClient):
        """It takes five seconds to fail."""

        def download(self, key: str, *, limit_bytes: int) -> bytes:
            clock.sleep(5)
            raise Unavailable("store-unavailable", "Away.", "Wait.")

    clock = ManualClock(0.0)
    source = ChunkSource(Away("http://127.0.0.1:9"), clock.sleep, clock.now)
    chunk = Chunk("datasets/d/0-0", "0" * 64, "0" * 64, 10, 0, 1)
    for _ in range(3):
        with pytest.raises(Unavailable, match="store-unavailable"):
            source.fetch(chunk)
    # A try is made of each chunk, and counts.
    assert clock.at <= 5 + ROUND_WAIT_SECONDS + 3 * 5
