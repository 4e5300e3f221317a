"""Chunks are sent several at once, through stores and portals that go away and come back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from threading import Barrier, Timer

import pytest
from world.arrivals import watched_arrivals
from world.declarations import TABLE, declaration
from world.live_market import LiveMarket, live_market, now
from world.loopback import free_port, serving

from market.client.http.api import PortalClient
from market.errors import Unavailable
from market.owner.publish.encrypt_table import Progress
from market.owner.publish.publish import Published, publish
from market.owner.publish.send_chunks import IN_FLIGHT
from market.owner.publish.settle_table import Files, OwnersWord
from market.patience import Patience
from market.portal.app import create_app
from market.settings import Settings

pytestmark = pytest.mark.stories

CHUNKS = 3
AWAY = Unavailable("disk-full", "The disk is full.", "Make room.")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    with live_market(tmp_path_factory.mktemp("sending")) as made:
        yield made


def sent(
    market: LiveMarket,
    dataset: str,
    *,
    portal: PortalClient | None = None,
    progress: Progress = lambda _what, _done, _total: None,
    patience_seconds: float = 60,
) -> Published:
    """A publication of three chunks."""
    declared, table = market.root / f"{dataset}.toml", market.root / f"{dataset}.csv"
    declared.write_text(declaration(dataset))
    table.write_text(TABLE)
    return publish(
        portal or market.client("olga", "owner"),
        market.owner,
        Files(declared, table),
        word=OwnersWord(lambda _meaning: True),
        now=now(),
        entropy=secrets.token_bytes,
        progress=progress,
        patience=Patience(patience_seconds),
    )


def test_several_are_under_way_at_once_and_never_more(market: LiveMarket) -> None:
    together, number = Barrier(IN_FLIGHT), count()

    def meet(_key: str) -> None:
        if next(number) < IN_FLIGHT:
            together.wait(timeout=20)

    told: list[tuple[str, int]] = []
    with watched_arrivals(meet) as arrivals:
        sent(market, "abreast", progress=lambda what, done, _total: told.append((what, done)))
    assert arrivals.most == IN_FLIGHT
    assert [done for what, done in told if what == "send"] == [1, 2, 3]


def test_store_that_is_away_for_a_while_is_waited_for(market: LiveMarket) -> None:
    number = count()

    def away(_key: str) -> None:
        if next(number) < IN_FLIGHT:
            raise AWAY

    with watched_arrivals(away) as arrivals:
        assert sent(market, "patient").version == 1
    assert len(arrivals.stored) == CHUNKS
    assert arrivals.again == []


def test_store_that_stays_away_loses_nothing(market: LiveMarket) -> None:
    number = count()

    def away(_key: str) -> None:
        if next(number) >= 1:
            raise AWAY

    with (
        watched_arrivals(away) as first,
        pytest.raises(Unavailable, match="Nothing is lost") as raised,
    ):
        sent(market, "given-up", patience_seconds=0.6)
    assert raised.value.code == "publication-waits"
    assert "1 of its 3 chunks are stored" in raised.value.message
    with watched_arrivals() as second:
        assert sent(market, "given-up").version == 1
    assert sorted({*first.stored, *second.stored}) == sorted(first.stored + second.stored)
    assert len(second.stored) == CHUNKS - 1


def test_stopped_publication_goes_on_where_it_was(market: LiveMarket) -> None:
    def stop(what: str, _done: int, _total: int) -> None:
        if what == "send":
            raise KeyboardInterrupt

    with watched_arrivals() as arrivals:
        with pytest.raises(KeyboardInterrupt):
            sent(market, "stopped", progress=stop)
        assert sent(market, "stopped").version == 1
    assert len(arrivals.stored) == CHUNKS
    assert arrivals.again == []


def test_portal_that_starts_again_is_waited_for(market: LiveMarket, tmp_path: Path) -> None:
    port, restarts = free_port(), ExitStack()
    running = ExitStack()

    def serve(until: ExitStack) -> None:
        app = create_app(market.platform, Settings(home=tmp_path, portal_port=port))
        until.enter_context(serving(app, port))

    serve(running)
    started = Timer(1.0, serve, [restarts])

    def restart(what: str, done: int, _total: int) -> None:
        if (what, done) == ("send", CHUNKS):
            portal.close()
            running.close()
            started.start()

    portal = PortalClient(f"http://127.0.0.1:{port}", market.token("olga", "owner"))
    with running, restarts:
        assert sent(market, "restarted", portal=portal, progress=restart).version == 1
        portal.close()


def test_what_the_platform_has_deleted_meanwhile_is_sent_again(market: LiveMarket) -> None:
    objects = market.platform.objects

    def lose(what: str, done: int, total: int) -> None:
        if (what, done) == ("send", total) and not lost:
            for key in objects.list("datasets/rested/"):
                objects.delete(key)
                lost.append(key)

    lost: list[str] = []
    assert sent(market, "rested", progress=lose).version == 1
    assert objects.list("datasets/rested/") == lost != []
