"""A relay on loopback: two WebSockets of one token are joined, and what passes is kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

BEARER = "relay-token"


class Relay:
    """Where it is, who dialled it, and every frame that it saw."""

    def __init__(self) -> None:
        self.url = ""
        self.paths: list[str] = []
        self.frames: list[bytes] = []
        self._first: dict[str, tuple[ServerConnection, asyncio.Future[ServerConnection]]] = {}

    def judge(self, connection: ServerConnection, request: Request) -> Response | None:
        """Only who has the token is let in."""
        if request.headers.get("Authorization") == f"Bearer {BEARER}":
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "no token\n")

    async def take(self, connection: ServerConnection) -> None:
        """Copy frames to the other connection of this token, until either closes."""
        assert connection.request is not None
        path = connection.request.path
        self.paths.append(path)
        if path in self._first:
            other, waiting = self._first.pop(path)
            waiting.set_result(connection)
        else:
            waiting = asyncio.get_running_loop().create_future()
            self._first[path] = (connection, waiting)
            other = await waiting
        with suppress(ConnectionClosed):
            async for message in connection:
                assert isinstance(message, bytes)
                self.frames.append(message)
                await other.send(message)
        await other.close()


@contextmanager
def relaying() -> Iterator[Relay]:
    """The relay, in a thread of this process."""
    relay = Relay()
    loop = asyncio.new_event_loop()
    started, stop = threading.Event(), asyncio.Event()

    async def run() -> None:
        async with serve(
            relay.take, "127.0.0.1", 0, process_request=relay.judge, compression=None
        ) as server:
            (listener,) = server.sockets
            relay.url = f"ws://127.0.0.1:{listener.getsockname()[1]}/api/v1/sessions/job/relay"
            started.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    started.wait()
    try:
        yield relay
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
