"""Keeps processes running, as a kubelet does: one that ends is started again, a little later each
time that it lived only a moment."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_LIVED_SECONDS = 10
_PAUSES_SECONDS = (0.2, 0.2, 1.0, 3.0)
STOP_SECONDS = 15


@dataclass
class Supervised:
    """A process by name. `command` is asked for anew at each start; what is `wrapped` is the child
    of the process that is started, as a container's program is of what makes its root."""

    name: str
    command: Callable[[], list[str]]
    log: Path
    environment: Mapping[str, str] | None = None
    is_wrapped: bool = False
    starts: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    started_at: float = 0.0
    short_lives: int = 0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--", *self.command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=None if self.environment is None else dict(self.environment),
                start_new_session=True,
            )
        self.starts += 1
        self.started_at = time.monotonic()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def below(self) -> list[psutil.Process]:
        """Every process of it, itself first; none when it has ended."""
        if self.process is None:
            return []
        try:
            top = psutil.Process(self.process.pid)
            return [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def ask_to_stop(self) -> None:
        """As a kubelet does: its first process is told, and nobody below it."""
        found = self.below()
        with suppress(psutil.NoSuchProcess):
            for each in found[:1] if not self.is_wrapped else found[0].children() if found else []:
                each.terminate()

    def signal_all(self, number: int) -> None:
        for each in reversed(self.below()):
            with suppress(psutil.NoSuchProcess):
                each.send_signal(number)
        is_ours = self.process is not None and self.process.returncode is None
        if number == signal.SIGKILL and is_ours:
            # What was forked meanwhile, too.
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        text = self.log.read_text("utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


class Supervisor:
    """Starts in the order given, stops in the reverse; restarts whatever ends in between."""

    def __init__(self) -> None:
        self._kept: dict[str, Supervised] = {}
        self._stop = threading.Event()
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._held: set[str] = set()

    def __getitem__(self, name: str) -> Supervised:
        return self._kept[name]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._kept)

    def begin(self) -> None:
        self._thread.start()

    def keep(self, one: Supervised) -> None:
        """Start a process, and keep it running from now on."""
        with self._lock:
            one.start()
            self._kept[one.name] = one

    def kill(self, name: str) -> None:
        """End a process and all below it at once, as when its machine stops."""
        self._kept[name].signal_all(signal.SIGKILL)

    def hold(self, name: str, *, by: signal.Signals = signal.SIGKILL) -> None:
        """End it, and keep it down until `release`."""
        with self._lock:
            self._held.add(name)
        self._kept[name].signal_all(by)

    def freeze(self, name: str) -> None:
        """Stop it where it stands, as a machine that sleeps does."""
        self._kept[name].signal_all(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self._kept[name].signal_all(signal.SIGCONT)

    def release(self, name: str) -> None:
        with self._lock:
            self._held.discard(name)

    def end(self) -> None:
        """Stop everything, the pods before their servers: asked to, then made to."""
        with self._lock:
            self._stop.set()
        for is_pod in (True, False):
            _end([one for one in self._kept.values() if one.is_wrapped == is_pod])
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            with self._lock:
                for one in self._kept.values():
                    if self._stop.is_set():
                        break
                    if not one.is_running and one.name not in self._held:
                        self._again(one)
        # What a thread started is killed when that thread ends, and what runs below it is not.
        self._is_over.wait()

    def _again(self, one: Supervised) -> None:
        lived = time.monotonic() - one.started_at
        pause = _PAUSES_SECONDS[min(one.short_lives, len(_PAUSES_SECONDS) - 1)]
        if lived < pause:
            return
        one.short_lives = 0 if lived > _LIVED_SECONDS else one.short_lives + 1
        one.start()


def _end(some: list[Supervised]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    for one in some:
        one.ask_to_stop()
    for one in some:
        if one.process is None:
            continue
        try:
            one.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            one.signal_all(signal.SIGKILL)
            one.process.wait()
