"""One exchange with a server that may mean harm: bounded in bytes and in time, whatever it sends.

Rules: the deadline is of the whole exchange, not of each read, so that a slow drip ends; bytes are
counted where they leave the socket; no encoding is asked for and none accepted, so that what was
counted is what there is; no redirect is followed, no cookie kept. One exchange at a time.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore
import httpx

from market.client.proxies import proxy_for
from market.errors import Unavailable

CONNECT_SECONDS = 10
_IDLE_SECONDS = 2
"""Well below what servers keep a silent connection for: a question should not meet its end."""
_READ_BYTES = 64 * 1024
_WRITE_BYTES = 16 * 1024
"""One write waits for its own deadline: in small pieces, so that the exchange's is kept."""
_FRAME_BYTES = 128 * 1024
"""Status line, headers and the lengths of chunks, beside the body."""


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

    def __init__(self, waiting: Waiting = nullcontext) -> None:
        self._waiting = waiting
        self._watch = _Watch()
        self._pools: dict[tuple[str, bytes], httpcore.ConnectionPool] = {}

    def close(self) -> None:
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
                `portal-nonsense` for what is no HTTP.
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
        self._watch.begin(limits)
        try:
            with self._waiting():
                return _exchange(pool, request, limits, where)
        except (httpcore.ReadTimeout, httpcore.WriteTimeout, _TooSlow) as error:
            raise _too_slow(where, limits) from error
        except _TooMany as error:
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
                network_backend=_WatchedBackend(self._watch),
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


class _TooSlow(Exception):
    """The exchange's time is over."""


class _TooMany(Exception):
    """The exchange's bytes are used up, in frames if not in the body."""


class _Watch:
    """What is left of one exchange's time and bytes."""

    def __init__(self) -> None:
        self._deadline = 0.0
        self._bytes_left = 0
        self.is_hung_up = False

    def begin(self, limits: Limits) -> None:
        self.is_hung_up = False
        self._deadline = time.monotonic() + limits.seconds
        # Chunks of one byte each would triple a body; honest servers send larger ones.
        self._bytes_left = 2 * limits.body_bytes + _FRAME_BYTES

    def seconds_left(self, most: float | None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _TooSlow
        return left if most is None else min(left, most)

    def count(self, size: int) -> None:
        self.is_hung_up = size == 0
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise _TooMany


class _WatchedStream(httpcore.NetworkStream):
    """A connection under a watch: no wait is longer than what is left of the exchange."""

    def __init__(self, inner: httpcore.NetworkStream, watch: _Watch) -> None:
        self._inner = inner
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(min(max_bytes, _READ_BYTES), self._watch.seconds_left(timeout))
        self._watch.count(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        for start in range(0, len(view), _WRITE_BYTES):
            piece = bytes(view[start : start + _WRITE_BYTES])
            self._inner.write(piece, self._watch.seconds_left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        seconds = self._watch.seconds_left(timeout)
        return _WatchedStream(
            self._inner.start_tls(ssl_context, server_hostname, seconds), self._watch
        )

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _WatchedBackend(httpcore.NetworkBackend):
    def __init__(self, watch: _Watch) -> None:
        self._inner = httpcore.SyncBackend()
        self._watch = watch

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        seconds = self._watch.seconds_left(timeout)
        try:
            stream = self._inner.connect_tcp(host, port, seconds, local_address, socket_options)
        except (UnicodeError, OverflowError, ValueError) as error:
            # A host that no resolver takes: a label of 70 letters, a port of six digits.
            raise httpcore.ConnectError(type(error).__name__) from error
        return _WatchedStream(stream, self._watch)
