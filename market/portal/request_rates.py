"""How many requests a minute one organisation, or one address, may make of this portal: a bucket
for each.

A bucket holds a minute's worth, fills evenly, and gives one to every request. It lives in this
process: it protects it, and two portals answer twice as many (decisions/0002). One that nobody took
from for a minute is full, as a new one would be, and goes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

from market.errors import TooMany

LIMIT_SECONDS: Final = 30
"""How long a limit is taken for what it was."""
_FULL_SECONDS: Final = 60


@dataclass(slots=True)
class _Bucket:
    left: float
    filled_at: float
    most: int
    asked_at: float


class RequestRates:
    """One bucket for each organisation, or address, that asked lately.

    Args:
        limit_of: requests a minute that it may make.
    """

    def __init__(self, limit_of: Callable[[str], int]) -> None:
        self._limit_of = limit_of
        self._buckets: dict[str, _Bucket] = {}
        self._swept_at = 0.0
        self._lock = threading.Lock()

    def take(self, who: str, *, now: float) -> None:
        """Count one request of an organisation or address, at `now` in seconds.

        Raises:
            TooMany: `too-many-requests`.
        """
        most, asked_at = self._limit(who, now)
        with self._lock:
            self._sweep(now)
            bucket = self._buckets.setdefault(who, _Bucket(most, now, most, asked_at))
            bucket.most, bucket.asked_at = most, asked_at
            rate = most / 60
            passed = max(0.0, now - bucket.filled_at)
            bucket.left = min(most, bucket.left + passed * rate)
            bucket.filled_at = now
            if bucket.left >= 1:
                bucket.left -= 1
                return
            wait_seconds = ceil((1 - bucket.left) / rate) if rate else 60
        raise TooMany(
            "too-many-requests",
            f"{who} made more than {most} requests within a minute.",
            f"Ask again in {wait_seconds} s, and less often.",
            retry_after_seconds=wait_seconds,
        )

    def _sweep(self, now: float) -> None:
        """Forget whose bucket is full: what is kept grows with who asks, not with who ever did."""
        if now < self._swept_at + _FULL_SECONDS:
            return
        self._swept_at = now
        ended = now - _FULL_SECONDS
        self._buckets = {
            who: bucket for who, bucket in self._buckets.items() if bucket.filled_at > ended
        }

    def _limit(self, who: str, now: float) -> tuple[int, float]:
        """The limit, and when it was looked up: outside the lock, which all others wait for."""
        bucket = self._buckets.get(who)
        if bucket is None or now >= bucket.asked_at + LIMIT_SECONDS:
            return self._limit_of(who), now
        return bucket.most, bucket.asked_at
