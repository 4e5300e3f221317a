"""Wait for a portal or store that is away: longer each time, and not for ever.

An owner's client sends so, their agent and Spark's workers fetch so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from market.errors import Unavailable

_FIRST_SECONDS = 0.5
_LONGEST_SECONDS = 15.0
_NOT_AWAY = ("portal-nonsense", "portal-too-large", "store-refused")
"""Answers that will be the same the next time."""

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Patience:
    """For how long a step is done again whose server does not answer, from its first failure on."""

    limit_seconds: float
    moment: Callable[[], float] = time.monotonic

    def wait_for(
        self, step: Callable[[], Found], sleep: Callable[[float], object] = time.sleep
    ) -> Found:
        """What the step returns, once its server is back.

        Args:
            step: does the same, however often it is done.
            sleep: waits so many seconds; what it raises ends the waiting.

        Raises:
            Unavailable: the newest failure, once no time is left for another try, or it is none of
                a server that is away. What else the step raises.
        """
        pause, until = _FIRST_SECONDS, float("inf")
        while True:
            try:
                return step()
            except Unavailable as error:
                until = min(until, self.moment() + self.limit_seconds)
                if error.code in _NOT_AWAY or self.moment() + pause > until:
                    raise
            sleep(pause)
            pause = min(2 * pause, _LONGEST_SECONDS)
