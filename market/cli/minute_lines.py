"""Progress where no terminal is: a line a minute, for whoever reads a log."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

EVERY_SECONDS = 60


@dataclass(slots=True)
class MinuteLines:
    """Tells how far long work is, a minute after it has begun and every minute from then on.

    Attributes:
        tell: takes a line.
        clock: seconds, from any beginning.
    """

    tell: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    _told_at: float | None = field(default=None, init=False)

    def advance(self, what: str, done: int, total: int) -> None:
        """Called with what is being done, how much is done, and the total."""
        now = self.clock()
        if self._told_at is None:
            self._told_at = now
        if now - self._told_at < EVERY_SECONDS:
            return
        self._told_at = now
        percent = f" ({100 * done // total} %)" if total else ""
        self.tell(f"{what}: {done:,} of {total:,}{percent}")
