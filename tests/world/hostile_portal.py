"""A server on loopback that sends exactly the bytes it is told to, as slowly as it likes."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

DRIP_SECONDS = 0.02


@dataclass
class HostilePortal:
    """What it says to a request is `say(method, path)`: pieces, as long as the client listens.

    Attributes:
        asked: every request line, in order.
        was_asked: set with every request.
    """

    url: str
    say: Callable[[str, str], Iterable[bytes]]
    asked: list[str] = field(default_factory=list, repr=False)
    was_asked: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)

    def drip(self, data: Iterable[int]) -> Iterator[bytes]:
        """One byte at a time, none of them late enough for a read to time out."""
        for byte in data:
            yield bytes([byte])
            if self.gone.wait(DRIP_SECONDS):
                return

    def answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                piece = connection.recv(65_536)
                if not piece:
                    return
                request += piece
            line = request.split(b"\r\n", 1)[0].decode("latin-1")
            self.asked.append(line)
            self.was_asked.set()
            method, path, _ = line.split(" ", 2)
            for piece in self.say(method, path):
                connection.sendall(piece)
            # Without this, what was not read of a request would take the answer back.
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass


@contextmanager
def hostile_portal(say: Callable[[str, str], Iterable[bytes]]) -> Iterator[HostilePortal]:
    """The server, in threads of this process, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        portal = HostilePortal(f"http://127.0.0.1:{server.getsockname()[1]}", say)
        thread = threading.Thread(target=_serve, args=(server, portal), daemon=True)
        thread.start()
        try:
            yield portal
        finally:
            portal.gone.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, portal: HostilePortal) -> None:
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            threading.Thread(target=portal.answer, args=(connection,), daemon=True).start()


def http(body: bytes, *headers: str, status: int = 200) -> bytes:
    """A whole answer, its length told unless `headers` say how long it is; the last one, as
    `HostilePortal` hangs up behind it."""
    if not any(line.lower().startswith(("content-length", "transfer-")) for line in headers):
        headers = (*headers, f"Content-Length: {len(body)}")
    lines = "\r\n".join((f"HTTP/1.1 {status} As it likes", "Connection: close", *headers))
    return f"{lines}\r\n\r\n".encode() + body


def json_answer(value: Any, status: int = 200) -> bytes:
    return http(json.dumps(value).encode(), "Content-Type: application/json", status=status)


def endless(first: bytes, then: bytes) -> Iterator[bytes]:
    yield first
    while True:
        yield then
