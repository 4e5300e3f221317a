"""How many requests a minute one organisation may make of this portal: a bucket for each.

A bucket holds a minute's worth, fills evenly, and gives one to every request. It lives in this
process: it protects it, and two portals answer twice as many (decisions/0002).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

from market.errors import TooMany

LIMIT_SECONDS: Final = 30
"""How long an organisation's limit is taken for what it was."""


@dataclass(slots=True)
class _Bucket:
    left: float
    filled_at: float
    most: int
    asked_at: float


class RequestRates:
    """One bucket for each organisation that asked lately.

    Args:
        limit_of: requests a minute that an organisation may make.
    """

    def __init__(self, limit_of: Callable[[str], int]) -> None:
        self._limit_of = limit_of
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def take(self, organisation: str, *, now: float) -> None:
        """Count one request, at `now` in seconds.

        Raises:
            TooMany: `too-many-requests`.
        """
        most, asked_at = self._limit(organisation, now)
        with self._lock:
            bucket = self._buckets.setdefault(organisation, _Bucket(most, now, most, asked_at))
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
            f"{organisation} made more than {most} requests within a minute.",
            f"Ask again in {wait_seconds} s, and less often. The platform's operator sets the "
            "limit.",
            retry_after_seconds=wait_seconds,
        )

    def _limit(self, organisation: str, now: float) -> tuple[int, float]:
        """The limit, and when it was looked up: outside the lock, which all others wait for."""
        bucket = self._buckets.get(organisation)
        if bucket is None or now >= bucket.asked_at + LIMIT_SECONDS:
            return self._limit_of(organisation), now
        return bucket.most, bucket.asked_at
