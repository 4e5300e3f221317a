"""`market relay` as a process of its own, over a platform's database and nothing else of it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from world.served_portal import (
    PATIENCE_SECONDS,
    free_port,
    market_command,
    market_environment,
)
from world.waiting import eventually


@dataclass(frozen=True)
class ServedRelay:
    """A relay on loopback that answers. `log` holds what it has written."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    metrics_url: str

    def metrics(self) -> str:
        answer = httpx.get(self.metrics_url, trust_env=False, timeout=PATIENCE_SECONDS)
        return answer.raise_for_status().text

    def health(self) -> tuple[int, dict[str, object]]:
        answer = httpx.get(f"{self.url}/healthz", trust_env=False, timeout=PATIENCE_SECONDS)
        return answer.status_code, answer.json()

    def tell_to_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def ended(self) -> int:
        """Its exit code, as soon as it has ended."""
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def served_relay(home: Path, **settings: str) -> Iterator[ServedRelay]:
    """The relay of a platform whose database is at `home`; its own home has nothing in it."""
    port, metrics_port = free_port(), free_port()
    log = home.parent / "relay.log"
    own = home.parent / "relay home"
    own.mkdir()
    environment = market_environment(own) | {
        "MARKET_RELAY_PORT": str(port),
        "MARKET_RELAY_METRICS_PORT": str(metrics_port),
        "MARKET_DATABASE_URL": f"sqlite:///{home / 'portal.db'}",
        **settings,
    }
    with log.open("wb") as file:
        process = subprocess.Popen(
            market_command("relay"),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    relay = ServedRelay(
        f"http://127.0.0.1:{port}", process, log, f"http://127.0.0.1:{metrics_port}/metrics"
    )
    try:
        eventually(lambda: _answers(relay))
        yield relay
        assert list(own.iterdir()) == [], "a relay keeps nothing, and needs no secret"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _answers(relay: ServedRelay) -> bool:
    assert relay.process.poll() is None, relay.log.read_text()
    try:
        return relay.health()[0] == 200
    except httpx.ConnectError:
        return False
