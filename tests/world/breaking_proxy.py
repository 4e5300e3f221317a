"""Stands before a server and breaks its first long answers off in the middle."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from urllib.parse import urlsplit


@dataclass(slots=True)
class BreakingProxy:
    """`broken` answers were cut so far, of the `breaks` that are to be."""

    listening: socket.socket
    server: tuple[str, int]
    after_bytes: int
    breaks: int
    broken: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def run(self) -> None:
        """Serve one connection at a time until the socket is closed."""
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            with client, socket.create_connection(self.server) as upstream:
                Thread(target=_copy, args=(client, upstream), daemon=True).start()
                self._answers(upstream, client)

    def _answers(self, upstream: socket.socket, client: socket.socket) -> None:
        left = self.after_bytes if self.broken < self.breaks else None
        while data := upstream.recv(65_536):
            client.sendall(data if left is None else data[:left])
            if left is not None and (left := left - len(data)) <= 0:
                self.broken += 1
                client.shutdown(socket.SHUT_RDWR)
                return


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # The answer was broken off.


@contextmanager
def breaking_proxy(url: str, *, after_bytes: int, breaks: int) -> Iterator[BreakingProxy]:
    """A server before the server at `url`: of its first `breaks` connections each ends within an
    answer, after so many bytes."""
    parts = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = BreakingProxy(
            listening, (parts.hostname or "", parts.port or 80), after_bytes, breaks
        )
        Thread(target=proxy.run, daemon=True).start()
        yield proxy
        listening.shutdown(socket.SHUT_RDWR)
