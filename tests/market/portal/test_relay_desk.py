"""Links over real sockets: a real server, two real clients, and the desk between them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from market.errors import Conflict
from market.portal.relays.desk import EARLY_FRAMES, FRAME_BYTES, LinkEnd, RelayDesk
from market.portal.timely_heads import TimelyHeads

pytestmark = pytest.mark.processes

TOKEN = "t"
Dial = Callable[[int, str], Coroutine[Any, Any, ClientConnection]]


@asynccontextmanager
async def served(desk: RelayDesk) -> AsyncIterator[Dial]:
    """A server on loopback; dialling it says which point comes, and under which token."""

    async def carry(websocket: WebSocket) -> None:
        path = websocket.path_params
        try:
            await desk.carry(websocket, LinkEnd(path["token"], path["point"]))
        except Conflict:
            await websocket.close()

    app = Starlette(routes=[WebSocketRoute("/{token}/{point:int}", carry)])
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    config = uvicorn.Config(
        app,
        http=TimelyHeads,
        ws="websockets-sansio",
        ws_max_size=FRAME_BYTES,
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([listening]))
    clients: list[ClientConnection] = []

    async def dial(point: int, token: str = TOKEN) -> ClientConnection:
        url = f"ws://127.0.0.1:{port}/{token}/{point}"
        client = await connect(url, compression=None, close_timeout=1, proxy=None)
        clients.append(client)
        return client

    try:
        yield dial
    finally:
        for client in clients:
            await client.close()
        server.should_exit = True
        await serving


def play(story: Callable[[Dial], Coroutine[Any, Any, None]], **limits: float) -> None:
    desk = RelayDesk(limits.get("idle_seconds", 30), int(limits.get("link_bytes", 2**30)))

    async def whole() -> None:
        async with asyncio.timeout(60), served(desk) as dial:
            await story(dial)

    asyncio.run(whole())


async def farewell(client: ClientConnection) -> tuple[int, str]:
    """How the relay closed a connection, after whatever came before."""
    with suppress(ConnectionClosed):
        while True:
            await client.recv()
    return client.close_code or 0, client.close_reason or ""


def test_frames_arrive_whole_and_in_order_both_ways() -> None:
    async def story(dial: Dial) -> None:
        one, other = await dial(1), await dial(2)
        frames = [bytes([number]) * (FRAME_BYTES - number) for number in range(40)]

        async def send(client: ClientConnection) -> None:
            for frame in frames:
                await client.send(frame)

        async def taken(client: ClientConnection) -> list[Any]:
            return [await client.recv() for _ in frames]

        *_, at_other, at_one = await asyncio.gather(
            send(one), send(other), taken(other), taken(one)
        )
        assert at_other == at_one == frames

    play(story)


def test_what_the_first_end_sends_early_is_kept_for_the_second() -> None:
    async def story(dial: Dial) -> None:
        one = await dial(1)
        early = [b"%d" % number for number in range(3 * EARLY_FRAMES)]
        for frame in early:
            await one.send(frame)
        other = await dial(2)
        assert [await other.recv() for _ in early] == early

    play(story)


def test_end_that_closes_takes_the_other_along_after_its_last_frame() -> None:
    async def story(dial: Dial) -> None:
        one, other = await dial(1), await dial(2)
        await one.send(b"last")
        await one.close()
        assert await other.recv() == b"last"
        assert await farewell(other) == (1000, "the other end has gone")

    play(story)


def test_third_who_dials_is_turned_away_and_disturbs_nobody() -> None:
    async def story(dial: Dial) -> None:
        one, other = await dial(1), await dial(2)
        for point in (1, 2):
            with pytest.raises(InvalidStatus):
                await dial(point)
        await one.send(b"still here")
        assert await other.recv() == b"still here"

    play(story)


def test_link_that_ended_can_be_dialled_again() -> None:
    async def story(dial: Dial) -> None:
        one = await dial(1)
        await one.close()
        again, other = await _dial_once_free(dial, 1), await dial(2)
        await again.send(b"a")
        assert await other.recv() == b"a"

    play(story)


async def _dial_once_free(dial: Dial, point: int) -> ClientConnection:
    while True:
        try:
            return await dial(point, TOKEN)
        except InvalidStatus:
            await asyncio.sleep(0.01)


def test_links_of_two_tokens_do_not_meet() -> None:
    async def story(dial: Dial) -> None:
        one, other = await dial(1, "a"), await dial(2, "a")
        stranger = await dial(2, "b")
        await stranger.send(b"from b")
        await other.send(b"from a")
        assert await one.recv() == b"from a"

    play(story)


def test_frame_that_is_too_long_ends_the_link() -> None:
    async def story(dial: Dial) -> None:
        one, other = await dial(1), await dial(2)
        await one.send(bytes(FRAME_BYTES + 1))
        code, _ = await farewell(one)
        assert code == 1009
        assert await farewell(other) == (1000, "the other end has gone")

    play(story)


def test_text_ends_the_link() -> None:
    async def story(dial: Dial) -> None:
        one, other = await dial(1), await dial(2)
        await one.send("text")
        assert (await farewell(one))[0] == (await farewell(other))[0] == 1003

    play(story)


def test_link_carries_no_more_than_it_may() -> None:
    async def story(dial: Dial) -> None:
        one, other = await dial(1), await dial(2)
        await one.send(bytes(600))
        await other.send(bytes(400))
        assert len(await other.recv()) == 600
        assert len(await one.recv()) == 400
        await one.send(b"1")
        assert await farewell(one) == await farewell(other)
        assert (await farewell(one))[0] == 1008

    play(story, link_bytes=1_000)


@pytest.mark.parametrize("ends", [(1,), (1, 2)])
def test_link_on_which_nothing_moves_is_ended(ends: tuple[int, ...]) -> None:
    async def story(dial: Dial) -> None:
        for client in [await dial(point) for point in ends]:
            assert await farewell(client) == (1001, "nothing moved for too long")

    play(story, idle_seconds=0.2)


def test_slow_end_holds_its_sender_back_and_no_memory() -> None:
    """The sender stops once every buffer on the way is full; the link is then one that idles."""

    async def story(dial: Dial) -> None:
        one, other = await dial(1), await dial(2)
        other.transport.pause_reading()
        sent = 0

        async def send_for_ever() -> None:
            nonlocal sent
            while True:
                await one.send(bytes(FRAME_BYTES))
                sent += 1

        with pytest.raises(ConnectionClosed):
            await send_for_ever()
        assert one.close_code == 1001
        # Kernel buffers on loopback take some megabytes; a relay that keeps all it reads takes all.
        assert sent * FRAME_BYTES < 64 * 1024 * 1024

    play(story, idle_seconds=1)
