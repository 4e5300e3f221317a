"""Processes that kill themselves at their n-th write.

Writes are every statement that changes the database, every commit, every file made, synced, linked,
put in place or removed, and everything sent to the portal. A `ForkServer` starts a module which
`serve`s: it loads everything once and forks a process for each crash.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Engine, event

from market.client.http.api import PortalClient

_CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE|RELEASE)")


class Countdown:
    """Kills this process at the given write, whichever thread's; counts on when there is none."""

    def __init__(self, fatal: int) -> None:
        self.fatal = fatal
        self.seen = 0
        self._lock = Lock()

    def write(self) -> None:
        with self._lock:
            self.seen += 1
            if self.seen == self.fatal:
                os.kill(os.getpid(), signal.SIGKILL)
                # The signal ends the process before this thread or one that waits here goes on.
                signal.pause()


def count_database(engine: Engine, countdown: Countdown) -> None:
    """Every statement that changes the database and every commit, before it is done."""

    @event.listens_for(engine, "before_cursor_execute")
    def _statement(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if _CHANGES.match(statement):
            countdown.write()

    @event.listens_for(engine, "commit")
    def _commit(_connection: object) -> None:
        countdown.write()


def count_files(countdown: Countdown) -> None:
    """Every file of this process made, synced, linked, put in place or removed, before it is done.

    For a process that ends soon: nothing undoes it.
    """
    for holder, name in (
        (os, "fsync"),
        (os, "link"),
        (Path, "replace"),
        (Path, "mkdir"),
        (Path, "unlink"),
    ):
        setattr(holder, name, _counted(getattr(holder, name), countdown))
    opened = Path.open

    def counted_open(self: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if set(mode) & set("wxa+"):
            countdown.write()
        return opened(self, mode, *rest, **options)

    Path.open = counted_open  # type: ignore[method-assign]


def _counted(operation: Any, countdown: Countdown) -> Any:
    def counted(*arguments: Any, **options: Any) -> Any:
        countdown.write()
        return operation(*arguments, **options)

    return counted


class CountedPortal(PortalClient):
    """The real client; a document or object sent is two writes, one on either side of the wire."""

    countdown: Countdown

    def post(self, path: str, body: dict[str, Any], *, key: str = "") -> Any:
        self.countdown.write()
        answer = super().post(path, body, key=key)
        self.countdown.write()
        return answer

    def upload(self, key: str, data: bytes, *, sha256: str) -> None:
        self.countdown.write()
        super().upload(key, data, sha256=sha256)
        self.countdown.write()


class ForkServer:
    """The client of a module that serves."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, *words: object) -> tuple[str, int]:
        """("lived", number of writes) or ("died", signal)."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        print(*words, file=self._server.stdin, flush=True)
        word, number = self._server.stdout.readline().split()
        return word, int(number)

    def close(self) -> None:
        self._server.communicate(timeout=60)


def serve(
    run: Callable[[list[str]], int], rehearse: Callable[[list[str]], None] | None = None
) -> None:
    """Fork a process for each line of standard input; `run` takes its words, counts its writes.

    Args:
        rehearse: does the same once in this process, for a line that begins with `rehearse`, so
            that those which are forked have it at their fingers' ends.
    """
    for line in sys.stdin:
        if rehearse and line.startswith("rehearse "):
            rehearse(line.split()[1:])
            print("lived 0", flush=True)
            continue
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writing, str(run(line.split())).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            seen = answer.read()
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        print(f"lived {seen}" if code == 0 else f"died {-code}", flush=True)
