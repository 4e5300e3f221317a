"""The person's agent at work beside the desk: `market agent run`, as a process of its own.

What it computes for buyers takes a processor for seconds and holds nothing of the desk's up. It
ends with the desk, or when its person says so; between two rounds nothing is lost by that.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from crypto.secret import Secret
from market.errors import Conflict
from market.vault.home import is_worked_from

_END_SECONDS = 20


def started(
    home: Path, words: Sequence[str], passphrase: Secret | None, *, output: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """A command of `market agent` on a home.

    Args:
        words: its name and options.
        passphrase: what opens the agent's keys; None where a key file does.
        output: where its standard output goes.
    """
    command = [sys.executable, "-m", "market.cli.main", "agent", *words, "--home", str(home)]
    if passphrase is None:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output)
    # Through a pipe, so that it stands in no file, no argument and no environment.
    reading, writing = os.pipe()
    try:
        environment = {**os.environ, "MARKET_AGENT_PASSPHRASE_FILE": f"/dev/fd/{reading}"}
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            env=environment,
            pass_fds=(reading,),
        )
        os.write(writing, passphrase.reveal() + b"\n")
        return process
    finally:
        os.close(reading)
        os.close(writing)


class AgentProcess:
    """The one that this desk has started, if it has."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    @property
    def pid(self) -> int | None:
        """Its process's number while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def is_anywhere(self) -> bool:
        """Whether the agent runs on this machine, whoever started it."""
        return self.pid is not None or is_worked_from(self._home)

    def begin(self, passphrase: Secret | None) -> None:
        """Start it.

        Args:
            passphrase: what opens its keys; None where a key file does.

        Raises:
            Conflict: `agent-running`.
        """
        with self._lock:
            if self.is_anywhere:
                raise Conflict(
                    "agent-running",
                    f"Another process works from {self._home}.",
                    "Nothing is to do: it answers already.",
                )
            self._process = started(self._home, ["run"], passphrase)

    def end(self) -> None:
        """Stop it, and wait until it has ended."""
        with self._lock:
            process, self._process = self._process, None
            if process is None or process.poll() is not None:
                return
            process.terminate()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                # Whatever it was about is a transaction: whole, or not begun.
                process.kill()
                process.wait()
