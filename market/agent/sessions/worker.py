"""The process a session computes in, as its agent sees it.

It is given all it needs on stdin (crypto.mpc.pipes): nothing secret stands among its arguments or
in its environment. When the agent dies, stdin ends, and a worker that has not been told to go ends
with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from threading import Timer
from types import TracebackType
from typing import IO, Final

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import FormatError
from crypto.mpc import specification
from crypto.mpc.pipes import GO, MAXIMUM_LINE_BYTES, pack_block
from crypto.mpc.specification import Session
from market.adapters.child_environment import defined_environment

_COMMAND: Final = (sys.executable, "-P", "-m", "crypto.mpc.worker")
_GRACE_SECONDS: Final = 15
"""After its own deadline a worker has so long to say so."""


class Worker:
    """One session's process; leaving the block ends it."""

    def __init__(
        self, session: Session, blocks: Sequence[bytes], command: Sequence[str] = _COMMAND
    ) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=defined_environment(os.environ),
        )
        self._stdin: IO[bytes] = _pipe(self._process.stdin)
        self._stdout: IO[bytes] = _pipe(self._process.stdout)
        deadlines = session.deadlines
        lasts_seconds = deadlines.connect_seconds + deadlines.total_seconds + _GRACE_SECONDS
        # Its own deadlines end it before that, unless it is stopped or broken.
        self._last_resort = Timer(lasts_seconds, self._process.kill)
        self._last_resort.daemon = True
        self._last_resort.start()
        self._tell(specification.dumps(session) + b"\n" + b"".join(map(pack_block, blocks)))

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._last_resort.cancel()
        self.stop()
        with suppress(BrokenPipeError):
            self._stdin.close()
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stdout.close()

    def events(self) -> Iterator[dict[str, Json]]:
        """What it tells, as it does; they end with the process.

        Raises:
            FormatError: a line that is no event.
        """
        while line := self._stdout.readline(MAXIMUM_LINE_BYTES):
            event = canonical.loads(line.removesuffix(b"\n"))
            if not isinstance(event, dict) or not isinstance(event.get("event"), str):
                raise FormatError("the worker said what is no event")
            yield event

    def go(self) -> None:
        """The charge is debited: from here on a share may leave."""
        self._tell(GO)

    def stop(self) -> None:
        """Ask it to end; it tells its peers so. Any thread may."""
        if self._process.poll() is None:
            self._process.terminate()

    def _tell(self, data: bytes) -> None:
        # One that has ended already said why on stdout.
        with suppress(BrokenPipeError):
            self._stdin.write(data)
            self._stdin.flush()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the worker was started without a pipe")
    return stream
