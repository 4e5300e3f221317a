"""One exchange with a server that may mean harm: bounded in bytes and in time, whatever it sends.

Rules: the deadline is of the whole exchange, and bytes are counted where they leave the socket
(market.client.http.watch); no encoding is asked for and none accepted, so that what was counted is
what there is; no redirect is followed, no cookie kept. One exchange at a time.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache

import httpcore
import httpx

from market.client.http.proxies import proxy_for
from market.client.http.watch import Resolve, TooMany, TooSlow, Watch, WatchedBackend, addresses
from market.errors import Unavailable

CONNECT_SECONDS = 10
_IDLE_SECONDS = 2
"""Well below what servers keep a silent connection for: a question should not meet its end."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one exchange may take: bytes of the answer's body, and seconds from first to last."""

    body_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class TooLarge(Unavailable):
    """An answer of more bytes than it may have."""

    def __init__(self, where: str, limit_bytes: int) -> None:
        super().__init__(
            "portal-too-large",
            f"The answer of {where} has more than the {limit_bytes} bytes it may have.",
            "It was not read to its end. Check the address; else tell the portal's operator.",
        )


Waiting = Callable[[], AbstractContextManager[None]]
"""Entered while an exchange waits; a process that is told to stop leaves it by an exception."""


class Transport:
    """Connections to the servers of one portal, kept between calls."""

    def __init__(self, waiting: Waiting = nullcontext, *, resolve: Resolve = addresses) -> None:
        self._waiting = waiting
        self._resolve = resolve
        self._watch = Watch()
        self._pools: dict[tuple[str, bytes], httpcore.ConnectionPool] = {}

    def close(self) -> None:
        """End every connection; the next exchange opens a new one."""
        while self._pools:
            self._pools.popitem()[1].close()

    def exchange(
        self,
        method: str,
        url: httpx.URL,
        limits: Limits,
        *,
        headers: Sequence[tuple[str, str]] = (),
        content: bytes = b"",
    ) -> Answer:
        """Send one request and read the whole answer.

        Raises:
            Unavailable: `portal-unavailable`, `portal-too-slow`, `portal-too-large`, or
                `portal-nonsense` for what is not HTTP.
            Refused: `proxy-unsupported`, `proxy-malformed`.
        """
        where = url.netloc.decode("ascii", "replace")
        request = httpcore.Request(
            method,
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=[
                ("Host", where),
                ("Accept-Encoding", "identity"),
                *headers,
                *([("Content-Length", str(len(content)))] if method in ("POST", "PUT") else []),
            ],
            content=content,
            extensions={"timeout": {"connect": CONNECT_SECONDS}},
        )
        pool = self._pool(url)
        self._watch.begin(seconds=limits.seconds, body_bytes=limits.body_bytes)
        try:
            with self._waiting():
                return _exchange(pool, request, limits, where)
        except (httpcore.ReadTimeout, httpcore.WriteTimeout, TooSlow) as error:
            raise _too_slow(where, limits) from error
        except TooMany as error:
            raise TooLarge(where, limits.body_bytes) from error
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            if self._watch.is_hung_up:
                raise _unavailable(where, "hung up") from error
            raise nonsense(f"{where} does not speak HTTP as it should") from error
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProxyError) as error:
            raise _unavailable(where, type(error).__name__) from error

    def _pool(self, url: httpx.URL) -> httpcore.ConnectionPool:
        proxy = proxy_for(url.scheme, url.host)
        key = (url.scheme, bytes(proxy.url) if proxy else b"")
        if key not in self._pools:
            self._pools[key] = httpcore.ConnectionPool(
                ssl_context=_trusted() if url.scheme == "https" else None,
                proxy=proxy,
                keepalive_expiry=_IDLE_SECONDS,
                network_backend=WatchedBackend(self._watch, self._resolve),
            )
        return self._pools[key]


def nonsense(what: str) -> Unavailable:
    """An answer that is not what it should be; `what` is this client's words, no server's."""
    return Unavailable(
        "portal-nonsense",
        f"{what}.",
        "Nothing was done with the answer. Check the address; else tell the portal's operator.",
    )


def _unavailable(where: str, how: str) -> Unavailable:
    return Unavailable(
        "portal-unavailable",
        f"{where} does not answer ({how}).",
        "Check the address and that the portal runs (`market status`), then try again.",
    )


def _too_slow(where: str, limits: Limits) -> Unavailable:
    return Unavailable(
        "portal-too-slow",
        f"{where} did not finish its answer in {limits.seconds:.0f} seconds.",
        "Try again; if it repeats, look at the network, else tell the portal's operator.",
    )


def _exchange(
    pool: httpcore.ConnectionPool, request: httpcore.Request, limits: Limits, where: str
) -> Answer:
    response = pool.handle_request(request)
    try:
        for name, value in response.headers:
            if name.lower() == b"content-encoding" and value.strip().lower() != b"identity":
                raise nonsense(
                    f"The answer of {where} is encoded, though no encoding was asked for"
                )
            if name.lower() == b"content-length" and _is_more(value, limits.body_bytes):
                raise TooLarge(where, limits.body_bytes)
        body = bytearray()
        for piece in response.iter_stream():
            body += piece
            if len(body) > limits.body_bytes:
                raise TooLarge(where, limits.body_bytes)
        return Answer(response.status, bytes(body))
    finally:
        response.close()


def _is_more(length: bytes, limit: int) -> bool:
    # Longer than any limit's own digits: not worth converting.
    return len(length) > 18 or (length.isdigit() and int(length) > limit)


@cache
def _trusted() -> ssl.SSLContext:
    """The machine's trust in certificates, read once: reading it takes longer than most calls."""
    return httpx.create_ssl_context()
