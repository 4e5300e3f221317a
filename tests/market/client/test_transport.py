"""Whatever a server sends, an exchange ends: in bounds, in time, with a coded error."""

from __future__ import annotations

import gzip
import itertools
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from world.hostile_portal import HostilePortal, endless, hostile_portal, http

from market.client.http.transport import Answer, Limits, Transport
from market.errors import MarketError

pytestmark = pytest.mark.stories

LIMITS = Limits(body_bytes=100_000, seconds=60)
HURRIED = Limits(body_bytes=100_000, seconds=0.4)
"""For what never ends: every other answer has time enough on any machine."""
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

BOMB_BYTES = 90_000_000
Say = Callable[[HostilePortal], Iterable[bytes]]


def asked(say: Say, *, content: bytes = b"", limits: Limits = LIMITS) -> Answer:
    """One exchange with a server that answers so."""
    with (
        hostile_portal(lambda _method, _path: say(portal)) as portal,
        transport() as client,
    ):
        url = httpx.URL(f"{portal.url}/api/v1/whoami")
        return client.exchange("POST" if content else "GET", url, limits, content=content)


@contextmanager
def transport() -> Iterator[Transport]:
    made = Transport()
    try:
        yield made
    finally:
        made.close()


BEYOND: dict[str, tuple[Say, str]] = {
    "endless body without a length": (
        lambda _: endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536),
        "portal-too-large",
    ),
    "endless chunks": (lambda _: endless(CHUNKED, b"5\r\nabcde\r\n"), "portal-too-large"),
    "chunks that say more than there is": (
        lambda _: endless(CHUNKED + b"ffffffff\r\n", b"x" * 65_536),
        "portal-too-large",
    ),
    "length beyond the limit": (
        lambda _: [b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n"],
        "portal-too-large",
    ),
    "length of many digits": (
        lambda _: [b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n"],
        "portal-nonsense",
    ),
    "gzip": (
        lambda _: [http(gzip.compress(bytes(BOMB_BYTES)), "Content-Encoding: gzip")],
        "portal-nonsense",
    ),
    "zstd": (lambda _: [http(b"x", "Content-Encoding: zstd")], "portal-nonsense"),
    "endless headers": (
        lambda _: endless(b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n"),
        "portal-nonsense",
    ),
    "endless header": (
        lambda _: endless(b"HTTP/1.1 200 OK\r\nX-More: ", b"x" * 1_000),
        "portal-nonsense",
    ),
    "endless interim answers": (
        lambda _: endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        "portal-too-large",
    ),
    "endless trailers": (
        lambda _: endless(CHUNKED + b"0\r\n", b"X-More: and more\r\n"),
        "portal-nonsense",
    ),
    "a drip in the status line": (lambda p: p.drip(itertools.repeat(65)), "portal-too-slow"),
    "a drip in the headers": (
        lambda p: itertools.chain([b"HTTP/1.1 200 OK\r\nX: "], p.drip(itertools.repeat(65))),
        "portal-too-slow",
    ),
    "a drip in the body": (
        lambda p: itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], p.drip(itertools.repeat(65))),
        "portal-too-slow",
    ),
    "a drip of chunks": (
        lambda p: itertools.chain([CHUNKED], p.drip(itertools.cycle(b"1\r\nx\r\n"))),
        "portal-too-slow",
    ),
    "silence": (lambda p: p.drip(iter(())) if p.gone.wait() else (), "portal-too-slow"),
    "nothing": (lambda _: [], "portal-unavailable"),
    "half a body": (
        lambda _: [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"],
        "portal-unavailable",
    ),
    "another protocol": (lambda _: [b"SSH-2.0-OpenSSH_9.2\r\n\r\n"], "portal-nonsense"),
    "two lengths": (
        lambda _: [http(b"ab", "Content-Length: 2", "Content-Length: 3")],
        "portal-nonsense",
    ),
}


@pytest.mark.parametrize("case", BEYOND)
def test_answer_beyond_bounds_ends_with_a_code(case: str) -> None:
    say, code = BEYOND[case]
    limits = HURRIED if code == "portal-too-slow" else LIMITS
    with pytest.raises(MarketError) as error:
        asked(say, limits=limits)
    assert error.value.code == code


def test_answer_within_bounds_is_read_whole() -> None:
    body = bytes(range(256)) * 390
    assert asked(lambda _: [http(body)]) == Answer(200, body)
    assert asked(lambda _: [http(b"", status=204)]) == Answer(204, b"")


def test_redirect_is_an_answer_like_any_other() -> None:
    with hostile_portal(lambda _method, _path: [http(b"here")]) as elsewhere:
        answer = asked(lambda _: [http(b"", f"Location: {elsewhere.url}/", status=307)])
        assert (answer.status, elsewhere.asked) == (307, [])


def test_server_that_does_not_read_does_not_hold_a_sender_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, transport() as client:
        url = httpx.URL(f"http://127.0.0.1:{server.getsockname()[1]}/")
        with pytest.raises(MarketError, match="portal-too-slow"):
            client.exchange("PUT", url, HURRIED, content=bytes(50_000_000))


def test_bytes_of_one_exchange_are_not_charged_to_the_next() -> None:
    with (
        hostile_portal(lambda _method, _path: [http(bytes(99_000), "Connection: close")]) as portal,
        transport() as client,
    ):
        url = httpx.URL(portal.url)
        for _ in range(5):
            assert len(client.exchange("GET", url, Limits(100_000, 10)).body) == 99_000


def test_host_no_resolver_takes_is_unavailable() -> None:
    url = httpx.URL(scheme="http", host="a" * 70 + ".example", path="/")
    with transport() as client, pytest.raises(MarketError, match="portal-unavailable"):
        client.exchange("GET", url, LIMITS)


def test_name_of_many_silent_addresses_does_not_hold_up_longer_than_one() -> None:
    with socket.socket() as silent, socket.socket() as first, socket.socket() as second:
        silent.bind(("127.0.0.1", 0))
        # Two fill the queue of none; whoever comes after them waits for an answer.
        silent.listen(0)
        for filling in (first, second):
            filling.setblocking(False)
            filling.connect_ex(silent.getsockname())
        asked: list[str] = []

        def resolve(host: str, _port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] * 1_000

        client = Transport(resolve=resolve)
        url = httpx.URL(f"http://many.example:{silent.getsockname()[1]}/")
        with pytest.raises(MarketError) as error:
            client.exchange("GET", url, HURRIED)
        client.close()
    assert error.value.code == "portal-too-slow"
    assert asked == ["many.example"]


def test_second_address_is_asked_where_the_first_refuses() -> None:
    with hostile_portal(lambda _method, _path: [http(b"here")]) as portal:
        client = Transport(resolve=lambda _host, _port: ["127.0.0.2", "127.0.0.1"])
        port = httpx.URL(portal.url).port
        answer = client.exchange("GET", httpx.URL(f"http://two.example:{port}/"), LIMITS)
        client.close()
    assert answer.body == b"here"
