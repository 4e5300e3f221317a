"""A platform whose processes are all this one, and answer as portal and Airflow do when they are
well: what looks at them, and finds nothing to start, can be tried without them."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from market.adapters.platform_secrets import make_secrets
from market.processes.child import note_process
from market.processes.status import NAMES, PREPARING, RESIDENT
from market.settings import Settings


class _Platform(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = ("metadatabase", "scheduler", "dag_processor")
        self._answer(200, {part: {"status": "healthy"} for part in parts})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(201, {"access_token": "token"})

    def _answer(self, code: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Nobody reads it."""


@contextmanager
def answering_platform(home: Path) -> Iterator[Settings]:
    """The settings of a home whose platform runs and answers, as long as the block lasts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Platform) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        settings = Settings(home=home, portal_port=port, airflow_port=port)
        make_secrets(settings)
        (home / "run").mkdir()
        for name in (*NAMES, RESIDENT, PREPARING):
            note_process(settings, name, os.getpid())
        yield settings
        server.shutdown()
