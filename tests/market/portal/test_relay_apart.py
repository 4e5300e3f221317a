"""A relay of its own behind two portals: members meet whose agents speak to different ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from world.declarations import COUNT, TABLE
from world.members_live import live_members
from world.members_portal import MembersPortal
from world.people import CAROL, DORA, OLGA
from world.platform_database import made_database, sqlite_url
from world.served_relay import ServedRelay, served_relay
from world.waiting import eventually

from crypto.link_token import link_token
from market.entities.job import Job
from market.metrics import RELAY_METRICS
from market.portal.relays.desk import GONE

pytestmark = [pytest.mark.processes, pytest.mark.stories]

PATIENCE_SECONDS = 60


def test_members_of_two_portals_compute_through_one_relay(tmp_path: Path) -> None:
    with live_members(tmp_path, is_relay_apart=True) as market:
        organisations = (OLGA.organisation, CAROL.organisation, DORA.organisation)
        market.bind_all(dict.fromkeys(organisations, TABLE))
        portals = {market.homes[one].settings().url for one in organisations}
        assert portals == set(market.urls)
        assert len(portals) == 2
        job = market.compute(market.sealed_live(COUNT))
        assert job.state == "released", job.end and job.end.message
        assert market.opened(job)["#valid"].is_complete


@dataclass(frozen=True)
class Place:
    """A sealed job of three clinics, and a relay over the database that holds it."""

    market: MembersPortal
    relay: ServedRelay
    job: Job
    open: ExitStack

    def end(self, point: int, other: int, *, scope: str = "agent") -> ClientConnection:
        """A member's end of their link to another."""
        token = link_token(self.market.seal_of(self.job), point, other)
        user = self.market.user_of(self.job.parties[point - 1]).user
        address = self.relay.url.replace("http", "ws", 1)
        dialled = connect(
            f"{address}/api/v1/sessions/{self.job.job}/relay/{token}",
            additional_headers=self.market.token(user, scope),
            compression=None,
            proxy=None,
            open_timeout=PATIENCE_SECONDS,
        )
        return self.open.enter_context(dialled)

    def refusal(self, point: int, other: int, *, scope: str = "agent") -> tuple[int, str]:
        """Status and code with which an end is turned away."""
        with pytest.raises(InvalidStatus) as refused:
            self.end(point, other, scope=scope)
        response = refused.value.response
        return response.status_code, json.loads(response.body)["code"]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    home = tmp_path / "platform"
    database = made_database(sqlite_url(home))
    market = MembersPortal(ports=database, home=home)
    with ExitStack() as stack, served_relay(home) as relay:
        yield Place(market, relay, market.sealed(), stack)
    database.database.close()


def test_relay_asks_the_database_who_somebody_is(place: Place) -> None:
    one, other = place.end(1, 2), place.end(2, 1)
    one.send(b"only yours")
    assert other.recv(PATIENCE_SECONDS) == b"only yours"
    assert place.relay.health() == (200, {"relay": "ok", "links": 1})
    assert place.refusal(1, 3, scope="client") == (403, "token-scope")
    assert place.refusal(1, 2) == (409, "link-taken")


def test_told_to_stop_it_lets_links_end_and_takes_no_other(place: Place) -> None:
    one, other, waiting = place.end(1, 2), place.end(2, 1), place.end(3, 1)
    place.relay.tell_to_stop()
    with pytest.raises(ConnectionClosed):
        waiting.recv(PATIENCE_SECONDS)
    assert waiting.close_code == 1012
    assert place.refusal(1, 3) == (503, "relay-ending")
    assert place.relay.health() == (503, {"relay": "ending", "links": 1})
    one.send(b"what was paid for")
    assert other.recv(PATIENCE_SECONDS) == b"what was paid for"
    one.close()
    assert place.relay.ended() == 0


def test_told_twice_it_cuts_them(place: Place) -> None:
    one, _other = place.end(1, 2), place.end(2, 1)
    place.relay.tell_to_stop()
    eventually(lambda: place.relay.health()[0] == 503)
    place.relay.tell_to_stop()
    with pytest.raises(ConnectionClosed):
        one.recv(PATIENCE_SECONDS)
    assert place.relay.ended() != 0


def samples(text: str) -> dict[tuple[str, str], float]:
    """By name and, where there is one, the label's value."""
    return {
        (sample.name, sample.labels.get("why", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_its_metrics_count_links_and_bytes_and_name_nobody(place: Place) -> None:
    one, other = place.end(1, 2), place.end(2, 1)
    place.end(3, 1)
    one.send(b"only yours")
    assert other.recv(PATIENCE_SECONDS) == b"only yours"
    standing = samples(place.relay.metrics())
    assert standing["market_relay_links", ""] == 2
    assert standing["market_relay_bytes_total", ""] == len(b"only yours")
    one.close()
    with pytest.raises(ConnectionClosed):
        other.recv(PATIENCE_SECONDS)
    eventually(lambda: place.relay.health()[1]["links"] == 1)
    text = place.relay.metrics()
    assert samples(text)["market_relay_links_ended_total", GONE.reason] == 1
    assert samples(text)["market_relay_bytes_total", ""] == len(b"only yours")
    names = {family.name for family in text_string_to_metric_families(text)}
    known = {one.name.removesuffix("_total") for one in RELAY_METRICS}
    assert known <= names
    assert {name for name in names if name.startswith("market_")} == known
    assert place.job.job not in text
