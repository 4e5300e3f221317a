"""Connections under a watch: no wait is longer than what is left of an exchange, no byte uncounted.

The deadline is of the whole exchange, not of each read or address, so that neither a slow drip nor
a name with a thousand addresses holds anybody up.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

_READ_BYTES = 64 * 1024
_WRITE_BYTES = 16 * 1024
"""One write waits for its own deadline: in small pieces, so that the exchange's is kept."""
_FRAME_BYTES = 128 * 1024
"""Status line, headers and the lengths of chunks, beside the body."""

Resolve = Callable[[str, int], list[str]]
"""The addresses of a host, for a port."""


class TooSlow(Exception):
    """The exchange's time is over."""


class TooMany(Exception):
    """The exchange's bytes are used up, in frames if not in the body."""


class Watch:
    """What is left of one exchange's time and bytes."""

    def __init__(self) -> None:
        self._deadline = 0.0
        self._bytes_left = 0
        self.is_hung_up = False

    def begin(self, *, seconds: float, body_bytes: int) -> None:
        """Start to watch an exchange of so many seconds, with a body of so many bytes."""
        self.is_hung_up = False
        self._deadline = time.monotonic() + seconds
        # Chunks of one byte each would triple a body; honest servers send larger ones.
        self._bytes_left = 2 * body_bytes + _FRAME_BYTES

    def seconds_left(self, most: float | None) -> float:
        """How long the next wait may be: what is left, at most `most`.

        Raises:
            TooSlow: nothing is left.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TooSlow
        return left if most is None else min(left, most)

    def count(self, size: int) -> None:
        """Take `size` bytes that came off what is left; none means that the peer hung up.

        Raises:
            TooMany: there were not so many left.
        """
        self.is_hung_up = size == 0
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise TooMany


class _WatchedStream(httpcore.NetworkStream):
    """A connection under a watch: no wait is longer than what is left of the exchange."""

    def __init__(self, inner: httpcore.NetworkStream, watch: Watch) -> None:
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


class WatchedBackend(httpcore.NetworkBackend):
    """Opens connections under a watch, to the addresses that `resolve` finds."""

    def __init__(self, watch: Watch, resolve: Resolve) -> None:
        self._inner = httpcore.SyncBackend()
        self._watch = watch
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first of the host's addresses that takes one.

        Raises:
            TooSlow: the exchange's time is over.
            httpcore.ConnectError: no address takes a connection, or there is none.
        """
        failure: Exception = httpcore.ConnectError("no address")
        for address in self._resolve(host, port):
            # Each for its own part of what is left: a name may have any number of addresses.
            seconds = self._watch.seconds_left(timeout)
            try:
                stream = self._inner.connect_tcp(
                    address, port, seconds, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _WatchedStream(stream, self._watch)
        raise failure


def addresses(host: str, port: int) -> list[str]:
    """What a name stands for, in the resolver's order (raises httpcore.ConnectError)."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError, ValueError) as error:
        # Also a host that no resolver takes: a label of 70 letters, a port of six digits.
        raise httpcore.ConnectError(type(error).__name__) from error
    return [str(address[0]) for *_, address in found]
