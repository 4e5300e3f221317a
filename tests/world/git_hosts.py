"""Hosts on loopback that git is led to, and what was asked of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Host:
    port: int
    requests: list[str] = field(default_factory=list)
    """The paths that were asked for."""

    authorizations: list[str] = field(default_factory=list)
    """What was shown with them, where something was."""


@contextmanager
def listening(
    address: str, port: int = 0, *, status: int = 404, location: str = ""
) -> Iterator[Host]:
    """A host that answers everything with `status`, and with where to go on where one is given."""
    host = Host(0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.requests.append(self.path)
            host.authorizations.extend(self.headers.get_all("Authorization", []))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing among the tests' output."""

    with ThreadingHTTPServer((address, port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield replace(host, port=server.server_port)
        finally:
            server.shutdown()
            thread.join()
