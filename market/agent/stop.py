"""Ending by a signal, promptly and never within a transaction.

The first SIGTERM or SIGINT asks the agent to stop. While it only waits (for the portal, for a slot)
the wait ends at once, by an exception raised where the wait is; in any other moment the work at
hand is finished first. The second signal does what it does to any process.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(BaseException):
    """The person said stop. No failure, so nothing that handles failures takes it for one."""


class Stop:
    """Whether the process was told to stop. Signals reach the main thread only: wait there."""

    def __init__(self) -> None:
        self._is_asked = False
        self._waits = False

    def is_asked(self) -> bool:
        """Whether a signal has come."""
        return self._is_asked

    def listen(self) -> None:
        """Let SIGTERM and SIGINT ask; from then on, once."""
        for number in _SIGNALS:
            signal.signal(number, self._ask)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """A part in which nothing is half done: a signal leaves it at once (raises Stopped)."""
        self._waits = True
        try:
            # After the mark: a signal between a question and the mark would be slept through.
            if self._is_asked:
                raise Stopped
            yield
        finally:
            self._waits = False

    def sleep(self, seconds: float) -> None:
        """Wait, unless a signal ends it.

        Raises:
            Stopped: it came before or while waiting.
        """
        with self.waiting():
            time.sleep(max(0.0, seconds))

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        self._is_asked = True
        if self._waits:
            raise Stopped
