"""A portal that hands out whatever bundle it is given, and a buyer's home to open it in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from crypto.keyfile import wrap
from crypto.secret import Secret
from market.adapters.private_files import write_private
from market.client.kept.home import Account, ClientHome
from world.loopback import answered_by
from world.sealed_results import JOB, Story

UNLOCK = Secret(b"u" * 32)


@dataclass
class CheatingPlatform:
    """Hands out what it is given, and notes whatever it is asked or told."""

    bundle: bytes = b""
    heard: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def serving(platform: CheatingPlatform) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            platform.heard.append((self.command, self.path))
            self.send_response(200)
            self.send_header("Content-Length", str(len(platform.bundle)))
            self.end_headers()
            self.wfile.write(platform.bundle)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - names of the base class

        def log_message(self, *_arguments: object) -> None:
            """Nothing on standard error."""

    with answered_by(Handler) as url:
        yield url


def buyer_home(path: Path, story: Story, url: str) -> Path:
    home = ClientHome(path)
    home.save_account(Account(url, "bob", "token", story.platform.public.hex))
    write_private(home.unlock_path, UNLOCK.reveal())
    write_private(home.identity_path, wrap(story.buyer.seed(), UNLOCK, kind="identity"))
    kept = wrap(story.recipient.private(), UNLOCK, kind="recipient")
    home.write_job(JOB, "recipient.key", kept)
    home.write_job(JOB, "request.json", story.request_text.encode())
    return path
