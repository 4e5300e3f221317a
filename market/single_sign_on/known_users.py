"""The portal's users as Airflow asks for them: at every request, so cached for seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from market.errors import NotFound
from market.ports.people import People
from market.records.sign_on_code import PLATFORM_USER
from market.single_sign_on.rights import PLATFORM, Standing, standing_of

CACHE_SECONDS = 5


class KnownUsers:
    """Standings by user id. A right taken away ends within `CACHE_SECONDS`."""

    def __init__(
        self, people: Callable[[], People], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._people = people
        self._clock = clock
        self._read: dict[str, tuple[float, Standing | None]] = {}
        self._lock = threading.Lock()

    def standing(self, user: str) -> Standing | None:
        """None for a user who is not known or not active."""
        if user == PLATFORM_USER:
            return PLATFORM
        now = self._clock()
        with self._lock:
            read_at, standing = self._read.get(user, (now - CACHE_SECONDS - 1, None))
        if now - read_at <= CACHE_SECONDS:
            return standing
        standing = self._look_up(user)
        with self._lock:
            self._read[user] = (now, standing)
        return standing

    def _look_up(self, user: str) -> Standing | None:
        try:
            found = self._people().user(user)
        except NotFound:
            return None
        return standing_of(found) if found.is_active else None
