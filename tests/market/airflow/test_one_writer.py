"""Airflow's api-server changes its database in turns, and lets nobody's slowness hold a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from market.airflow.plugins.one_writer import Message, OneWriter, Receive, Send, middlewares

PATIENCE_SECONDS = 60
CHANGE = "/api/v2/dags/submit_north-lab/dagRuns"


class Server:
    """An application that stays inside until it is let go, and echoes what it was sent."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.entered = asyncio.Event()
        self.go = asyncio.Event()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.entered.set()
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message.get("more_body"):
                break
        await self.go.wait()
        self.inside -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})


async def ask(
    app: Any, method: str, path: str, body: tuple[bytes, ...] = (b"",), sent: Send | None = None
) -> list[Message]:
    left = list(body)
    answered: list[Message] = []

    async def receive() -> Message:
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Message) -> None:
        answered.append(message)

    await app({"type": "http", "method": method, "path": path}, receive, sent or send)
    return answered


def within(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(play(), PATIENCE_SECONDS))


@pytest.mark.parametrize(
    ("method", "path", "together"),
    [
        ("POST", CHANGE, 1),
        ("PATCH", "/execution/task-instances/1/state", 1),
        ("GET", CHANGE, 3),
        ("POST", "/auth/token", 3),
    ],
)
def test_changes_take_turns_and_nothing_else_does(method: str, path: str, together: int) -> None:
    async def play() -> None:
        server = Server()
        app = OneWriter(server)
        asked = [asyncio.create_task(ask(app, method, path)) for _ in range(3)]
        await server.entered.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        server.go.set()
        await asyncio.gather(*asked)
        assert server.most == together

    within(play)


def test_body_in_parts_and_answer_arrive_whole() -> None:
    async def play() -> None:
        server = Server()
        server.go.set()
        answered = await ask(OneWriter(server), "POST", CHANGE, (b"one ", b"run"))
        assert [message["type"] for message in answered] == [
            "http.response.start",
            "http.response.body",
        ]
        assert answered[1]["body"] == b"one run"

    within(play)


def test_who_reads_slowly_holds_no_turn() -> None:
    async def play() -> None:
        server = Server()
        server.go.set()
        app = OneWriter(server)
        reading = asyncio.Event()

        async def never(message: Message) -> None:
            reading.set()
            await asyncio.Event().wait()

        slow = asyncio.create_task(ask(app, "POST", CHANGE, sent=never))
        await reading.wait()
        assert await ask(app, "POST", CHANGE)
        slow.cancel()

    within(play)


def test_who_sends_slowly_holds_no_turn() -> None:
    async def play() -> None:
        server = Server()
        server.go.set()
        app = OneWriter(server)
        asked = asyncio.Event()

        async def silent() -> Message:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

        scope = {"type": "http", "method": "POST", "path": CHANGE}
        slow = asyncio.create_task(app(scope, silent, lambda _message: asyncio.sleep(0)))
        await asked.wait()
        assert await ask(app, "POST", CHANGE)
        slow.cancel()

    within(play)


def test_turn_ends_with_a_failure_too() -> None:
    async def fail(scope: Any, receive: Receive, send: Send) -> None:
        raise LookupError

    async def play() -> None:
        app = OneWriter(fail)
        for _ in range(2):
            with pytest.raises(LookupError):
                await ask(app, "POST", CHANGE)

    within(play)


def test_database_server_is_not_asked_in_turns() -> None:
    assert [one["middleware"] for one in middlewares("sqlite:////home/airflow.db")] == [OneWriter]
    assert middlewares("postgresql+psycopg://airflow@db/airflow") == []
