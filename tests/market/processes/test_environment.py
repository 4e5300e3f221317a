"""What the platform's processes take over from whoever starts them, and that none of their own
calls goes through a proxy."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from market.adapters.platform_secrets import make_secrets
from market.airflow.warm_up import warm_up
from market.processes.child import note_process
from market.processes.environment import airflow_environment, platform_environment
from market.processes.status import NAMES, status
from market.settings import Settings

PROXIES = {
    # Nobody listens there, and httpx lacks the package for the last one.
    "http_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "socks5://127.0.0.1:9",
}


class Platform(BaseHTTPRequestHandler):
    """Answers as portal and Airflow do when they are well."""

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


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A platform of one process, which is this one."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Platform) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        settings = Settings(home=tmp_path, portal_port=port, airflow_port=port)
        make_secrets(tmp_path)
        (tmp_path / "run").mkdir()
        for name in NAMES:
            note_process(settings, name, os.getpid())
        yield settings
        server.shutdown()


def test_platforms_own_calls_go_through_no_proxy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in PROXIES.items():
        monkeypatch.setenv(name, value)
    assert [part.name for part in status(settings) if part.answers] == list(NAMES)
    warm_up(settings)


def test_no_proxy_and_no_locale_is_handed_on(tmp_path: Path) -> None:
    inherited = PROXIES | {"LANG": "C", "LC_ALL": "POSIX", "LC_CTYPE": "de_DE", "LANGUAGE": "de"}
    environment = airflow_environment(Settings(home=tmp_path), inherited)
    assert not [name for name in environment if "proxy" in name.lower()]
    locale = {name: environment[name] for name in environment if name.startswith(("LC_", "LANG"))}
    assert locale == {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize("name", ["TMPDIR", "TEMP", "TMP"])
def test_folder_for_temporary_files_is_handed_on_if_it_is_one(tmp_path: Path, name: str) -> None:
    settings = Settings(home=tmp_path)
    (tmp_path / "file").touch()
    for unfit in ("", "/nowhere", "relative", str(tmp_path / "file")):
        assert name not in platform_environment(settings, {name: unfit})
    assert platform_environment(settings, {name: str(tmp_path)})[name] == str(tmp_path)
