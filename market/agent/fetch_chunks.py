"""Chunks of the store for one round, whose jobs together wait for a store that is away.

Without the wait a table of many chunks would be begun anew after every fault; without the limit an
agent would answer nobody while a store is gone. A job whose chunk did not come is tried again in
later rounds (market.agent.pauses).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from market.client.http.api import PortalClient
from market.errors import Unavailable
from market.patience import Patience
from market.records.manifest import Chunk

ROUND_WAIT_SECONDS: Final = 60.0
"""A store or portal that starts again is back in less."""


@dataclass(slots=True)
class ChunkSource:
    """What one round fetches from.

    Attributes:
        sleep: waits so many seconds; what it raises ends the waiting.
        elapsed: counts the seconds of a clock that nobody sets.
        left_seconds: how much longer this round may wait.
    """

    portal: PortalClient
    sleep: Callable[[float], object]
    elapsed: Callable[[], float]
    left_seconds: float = ROUND_WAIT_SECONDS
    _away_since: float | None = None

    def fetch(self, chunk: Chunk) -> bytes:
        """A chunk's bytes, at most as many as the manifest says, unverified: whoever computes on
        them hashes them.

        Raises:
            Refused: `object-too-large`.
            Unavailable: it was not to be had before the round's time was over.
        """
        self._away_since = None
        try:
            return Patience(self.left_seconds, self.elapsed).wait_for(
                partial(self._once, chunk), self.sleep
            )
        finally:
            if self._away_since is not None:
                self.left_seconds -= self.elapsed() - self._away_since

    def _once(self, chunk: Chunk) -> bytes:
        try:
            return self.portal.download(chunk.key, limit_bytes=chunk.size_bytes)
        except Unavailable:
            if self._away_since is None:
                self._away_since = self.elapsed()
            raise
