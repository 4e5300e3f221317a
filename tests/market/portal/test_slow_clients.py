"""Whoever sends slowly loses their connection, and nobody else anything."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from world.portal_market import PortalMarket
from world.served_portal import free_port, make_home, served
from world.waiting import eventually

from market.portal import edge
from market.portal.timely_heads import TimelyHeads

pytestmark = pytest.mark.stories

PATIENCE_SECONDS = 60
HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


class Hasty(TimelyHeads):
    head_seconds = 0.5


@pytest.fixture
def port(listed: PortalMarket) -> Iterator[int]:
    """Where the portal serves with heads of half a second."""
    number = free_port()
    config = uvicorn.Config(listed.app, port=number, http=Hasty, ws="none", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    eventually(lambda: server.started)
    yield number
    server.should_exit = True
    thread.join(PATIENCE_SECONDS)


@contextlib.contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as line:
        yield line


def is_ended(line: socket.socket) -> bool:
    """Whether the other side ended the connection: waits for that, or for an answer."""
    try:
        return line.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("sent", [b"", b"G", HEAD])
def test_connection_whose_head_does_not_come_is_ended(port: int, sent: bytes) -> None:
    with connected(port) as line:
        line.sendall(sent)
        assert is_ended(line)


def test_a_byte_now_and_then_gives_a_head_no_more_time(port: int) -> None:
    with connected(port) as line:
        line.sendall(HEAD)
        line.settimeout(0.05)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                line.sendall(b"x: y\r\n")
                if is_ended(line):
                    return
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return
        pytest.fail("the connection was never ended")


def test_second_head_has_its_time_too_and_a_whole_one_is_answered(port: int) -> None:
    with connected(port) as line:
        for _ in range(2):
            line.sendall(HEAD + b"\r\n")
            assert line.recv(65_536).startswith(b"HTTP/1.1 200")
        line.sendall(HEAD)
        assert is_ended(line)


def test_portal_answers_others_while_many_heads_hang(port: int) -> None:
    with contextlib.ExitStack() as lines:
        for _ in range(100):
            lines.enter_context(connected(port)).sendall(b"G")
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
        assert "portal" in answer.json()


def test_answer_may_take_longer_than_a_head(listed: PortalMarket, port: int) -> None:
    """The time is a head's alone: a quote is waited for."""
    desk_is_free = threading.Event()
    desk = listed.app.state.quotes.desk("")

    @listed.app.get("/waits")
    async def waits() -> str:
        return str(await desk.run(listed.user("bob"), lambda: desk_is_free.wait(PATIENCE_SECONDS)))

    with connected(port) as line:
        line.sendall(HEAD.replace(b"/healthz", b"/waits") + b"\r\n")
        with connected(port) as other:
            # By then its head's time is over as well.
            assert is_ended(other)
        desk_is_free.set()
        assert line.recv(65_536).startswith(b"HTTP/1.1 200")


def test_body_that_does_not_arrive_in_time_is_refused(
    listed: PortalMarket, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "time_for", lambda _size_bytes: 0.5)
    head = b"POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with connected(port) as line:
        line.sendall(head + b"Content-Length: 100\r\n\r\n{")
        answer = b""
        while piece := line.recv(65_536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"body-too-slow" in answer


def test_who_has_sent_all_may_wait_as_long_as_it_takes(
    listed: PortalMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a connection is not part of a body: waiting for it has no end."""
    monkeypatch.setattr(edge, "time_for", lambda _size_bytes: 0.0)
    messages = [{"type": "http.request", "body": b"{}", "more_body": False}]

    async def receive() -> dict[str, object]:
        if messages:
            return messages.pop()
        await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    async def read_to_the_end() -> list[object]:
        scope = {"type": "http", "path": "/api/v1/tokens", "headers": []}
        limited = edge._limited(scope, receive)
        return [(await limited())["type"] for _ in range(2)]

    assert asyncio.run(read_to_the_end()) == ["http.request", "http.disconnect"]


@pytest.mark.processes
def test_served_portal_ends_heads_that_do_not_come(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("served") / "platform"
    make_home(home)
    with served(home) as portal, connected(portal.port) as line:
        line.sendall(HEAD)
        assert is_ended(line)
