"""Documents posted to webhooks: to whoever is meant, and nobody inside."""

from __future__ import annotations

import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from world.loopback import answered_by, free_port

from market.adapters.messages import webhook
from market.adapters.messages.webhook import post_hook
from market.errors import Refused, Unavailable


class Receiver(BaseHTTPRequestHandler):
    """Answers as its path says, and keeps what came."""

    kept: list[tuple[str, str, bytes]] = []  # noqa: RUF012 - of all its instances

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.kept.append((self.headers["Host"], self.headers["Content-Type"], body))
        self.send_response(int(self.path.rpartition("/")[2]))
        self.send_header("Location", "http://127.0.0.1:9/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        """Nobody reads it."""


@pytest.mark.parametrize("status", [200, 204])
def test_a_document_arrives_whole(status: int) -> None:
    Receiver.kept.clear()
    with answered_by(Receiver) as url:
        post_hook(f"{url}/{status}", b'{"record":1}', allow_private=True)
    assert [(kind, body) for _host, kind, body in Receiver.kept] == [
        ("application/json", b'{"record":1}')
    ]
    assert Receiver.kept[0][0] == url.removeprefix("http://")


@pytest.mark.parametrize("status", [301, 307, 400, 404, 500])
def test_any_other_answer_is_a_failure_and_no_redirect_is_followed(status: int) -> None:
    with answered_by(Receiver) as url, pytest.raises(Unavailable, match=f"answered {status}"):
        post_hook(f"{url}/{status}", b"{}", allow_private=True)


class Drip(BaseHTTPRequestHandler):
    """Answers a byte at a time, for two seconds."""

    def do_POST(self) -> None:
        with suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for _ in range(100):
                self.wfile.write(b"a")
                time.sleep(0.02)

    def log_message(self, *_arguments: Any) -> None:
        """Nobody reads it."""


def test_a_server_that_never_comes_to_an_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_SECONDS", 0.2)
    with answered_by(Drip) as url, pytest.raises(Unavailable, match="did not answer within"):
        post_hook(f"{url}/", b"{}", allow_private=True)


def test_a_server_that_is_away_is_a_failure() -> None:
    with pytest.raises(Unavailable, match="hook-failed"):
        post_hook(f"http://127.0.0.1:{free_port()}/", b"{}", allow_private=True)


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.8"], ["169.254.169.254"], ["::1"], ["93.184.216.34", "192.168.0.1"]],
)
def test_no_host_of_the_operators_network_is_reached(addresses: list[str]) -> None:
    """Also not where one of several addresses leads there, nor by a name of the internet's."""
    with pytest.raises(Refused, match="hook-address"):
        post_hook(
            "https://hook.example/",
            b"{}",
            allow_private=False,
            resolver=lambda _host: addresses,
        )


def test_an_unknown_host_is_a_failure() -> None:
    with pytest.raises(Unavailable, match="not known"):
        post_hook("https://nowhere.invalid/", b"{}", allow_private=False)
