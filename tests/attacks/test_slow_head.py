"""Somebody who sends a head byte by byte keeps no connection of the portal's.

A few thousand such connections would be all a process may have, and cost their owner nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvicorn
from world.served_portal import free_port

from market.portal.timely_heads import TimelyHeads


class Hasty(TimelyHeads):
    head_seconds = 0.2


async def answer(scope: dict[str, Any], receive: object, send: Any) -> None:
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_unfinished_head_keeps_no_connection() -> None:
    async def attack() -> bytes:
        port = free_port()
        config = uvicorn.Config(answer, port=port, http=Hasty, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
        try:
            async with asyncio.timeout(5):
                return await reader.read()
        finally:
            writer.close()
            server.should_exit = True
            await serving

    try:
        assert asyncio.run(attack()) == b""
    except TimeoutError:
        pytest.fail("the connection was kept")
