"""A portal that means harm neither ends the owner's agent nor makes it deaf to its owner.

The agent is a process of its own. It is given an answer that unpacks to gigabytes, one without end,
one that nests without end, and then one that never finishes; in the midst of that it is told to
stop.
"""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from world.hostile_portal import HostilePortal, endless, hostile_portal, http
from world.unlocking import entropy_of_a_home

from crypto.identity import SigningKey
from market.vault.home import make_home
from market.vault.settings import AgentSettings
from market.vault.store.opening import create_store

ROOT = Path(__file__).parents[2]
PATIENCE_PIECES = 400
"""Of the drip, after the signal: seconds, where the whole exchange may take minutes."""
BOMB_BYTES = 500_000_000


def agent_of(portal: HostilePortal, path: Path) -> subprocess.Popen[str]:
    """`market agent run` before this portal."""
    settings = AgentSettings(
        portal.url, "token", SigningKey.generate().public.hex, poll_seconds=1, slot_seconds=1
    )
    home = make_home(path, settings, entropy=entropy_of_a_home())
    create_store(home.database_path).close()
    return subprocess.Popen(
        [sys.executable, "-m", "market.cli.main", "agent", "run", "--home", str(path)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


class Script:
    """One answer after the other, the drip at last and for ever."""

    def __init__(self) -> None:
        self.portal: HostilePortal | None = None
        self.process: subprocess.Popen[str] | None = None
        bomb = gzip.compress(bytes(BOMB_BYTES))
        self.answers = iter(
            [
                [http(bomb, "Content-Encoding: gzip")],
                endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1_000_000),
                [http(b"[" * 200_000)],
            ]
        )
        self.pieces_after_signal = 0

    def say(self, _method: str, _path: str) -> Iterable[bytes]:
        yield from next(self.answers, None) or self.drip()

    def drip(self) -> Iterator[bytes]:
        assert self.portal is not None
        assert self.process is not None
        yield b"HTTP/1.1 200 OK\r\nX-Drip: "
        for place, byte in enumerate(self.portal.drip(b"x" * 100_000)):
            if place == 20:
                self.process.send_signal(signal.SIGTERM)
            self.pieces_after_signal += place > 20
            if self.pieces_after_signal > PATIENCE_PIECES:
                return
            yield byte


def test_agent_outlives_a_hostile_portal_and_stops_when_told(tmp_path: Path) -> None:
    script = Script()
    with hostile_portal(script.say) as portal:
        script.portal = portal
        script.process = agent_of(portal, tmp_path / "agent")
        _, words = script.process.communicate(timeout=120)
    assert script.process.returncode == 0, words
    assert "The agent has stopped." in words
    told = [json.loads(line) for line in words.splitlines() if line.startswith("{")]
    codes = [line["code"] for line in told if line["event"] == "not now"]
    assert codes == ["portal-nonsense", "portal-too-large"]
    assert all(line["next_action"] for line in told if line["event"] == "not now")
    assert script.pieces_after_signal <= PATIENCE_PIECES
