"""`market serve` as a process of its own over a new home, and command lines beside it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

import market
from market.database.people.passwords import PASSWORDS
from market.entities.people import Organisation, User
from market.settings import load
from world.platform_database import made_database

PATIENCE_SECONDS = 60
PASSWORD = "copper-lantern-orchid-42"
SOURCE = Path(market.__file__).resolve().parent.parent
"""The product under test, a patched copy's too."""


@dataclass(frozen=True)
class ServedPortal:
    """A portal on loopback that answers. `log` holds what it has written."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def market(self, *arguments: str, given: str = "") -> str:
        """`market ARGUMENTS` as a process beside the portal, where it has to succeed."""
        return run_market(self.home, *arguments, given=given)

    def get(self, path: str, token: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with _client(self.port) as client:
            return client.get(path, headers=headers)

    def sign_in(self, user: str) -> httpx.Response:
        """Ask for a token, which the portal writes down."""
        body = {"user": user, "password": PASSWORD, "label": "test", "scopes": ["client"]}
        with _client(self.port) as client:
            return client.post("/api/v1/tokens", json=body)

    def kill(self) -> None:
        """As a power cut: nothing is closed, nothing is said."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


def make_home(home: Path, *users: str, **settings: str | int) -> None:
    """A migrated platform with one organisation; each user's password is PASSWORD."""
    home.mkdir(mode=0o700)
    lines = [f"{name} = {value!r}\n" for name, value in settings.items()]
    (home / "market.toml").write_text("".join(lines))
    database = made_database(load(home, {}).platform_database_url, PASSWORDS)
    try:
        database.people.add_organisation(Organisation("acme", "Acme"))
        for name in users:
            user = User(name, "acme", name.title(), ("buyer",), "", is_active=True)
            database.people.add_user(user, PASSWORD)
    finally:
        database.database.close()


@contextmanager
def served(home: Path, log: Path | None = None) -> Iterator[ServedPortal]:
    """The portal of a home that was made, until the end of the block."""
    port = free_port()
    log = log or home.parent / "portal.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            market_command("serve"),
            env=market_environment(home) | {"MARKET_PORTAL_PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    try:
        _wait_until_it_answers(process, port, log)
        yield ServedPortal(home, port, process, log)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def run_market(home: Path, *arguments: str, given: str = "") -> str:
    """`market ARGUMENTS` over a home, as a process, where it has to succeed."""
    done = subprocess.run(
        market_command(*arguments),
        env=market_environment(home),
        input=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def market_command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "market.cli.main", *arguments]


def market_environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home.parent),
        "PYTHONPATH": str(SOURCE),
        "MARKET_HOME": str(home),
        # A port where nobody listens, until a test says otherwise.
        "MARKET_AIRFLOW_PORT": "9",
    }


def _client(port: int) -> httpx.Client:
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS, trust_env=False
    )


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    with _client(port) as client:
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                if client.get("/healthz").status_code == 200:
                    return
            except httpx.ConnectError:
                time.sleep(0.1)
