"""One changing request at a time in Airflow's api-server.

SQLite lets one connection write. Airflow's log of actions commits on the event loop, and so stops
the loop while another request of the same process holds the database; that request needs the loop
to commit. Two at once wait for each other until the database's patience ends, and one of them
fails. In turns they take milliseconds.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from airflow.plugins_manager import AirflowPlugin

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_SIGN_ON = "/auth/"
"""Writes nothing to Airflow's database, and takes its time to check a password."""
_DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


class OneWriter:
    """ASGI middleware. Neither a slow sender nor a slow reader is waited for during a turn."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if not _changes(scope):
            await self._app(scope, receive, send)
            return
        asked = await _whole(receive)
        answered: list[Message] = []

        async def again() -> Message:
            return asked.pop(0) if asked else await receive()

        async def keep(message: Message) -> None:
            answered.append(message)

        async with self._turn:
            await self._app(scope, again, keep)
        for message in answered:
            await send(message)


def _changes(scope: MutableMapping[str, Any]) -> bool:
    if scope["type"] != "http" or scope["method"] in _READS:
        return False
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return not path.startswith(_SIGN_ON)


async def _whole(receive: Receive) -> list[Message]:
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages


def middlewares(database: str) -> list[dict[str, Any]]:
    """What goes around an api-server over this database: a server lets many connections write."""
    is_sqlite = database.startswith("sqlite")
    return [{"name": "one writer", "middleware": OneWriter}] if is_sqlite else []


class OneWriterPlugin(AirflowPlugin):  # type: ignore[misc] # Airflow's classes are not checked
    """Puts OneWriter around the api-server."""

    name = "one_writer"
    fastapi_root_middlewares = middlewares(os.environ.get(_DATABASE, ""))
