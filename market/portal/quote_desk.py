"""Quotes one after the other, beside everything else the portal does.

Lowering and pricing a plan is the one long computation that anybody may ask for. It has one thread,
so that no other request waits for more than a turn of the interpreter; a short queue; and in it few
places for one person.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from market.errors import Refused, Unavailable

T = TypeVar("T")

PLACES: Final = 16
PLACES_OF_ONE: Final = 2


class QuoteDesk:
    """A queue of `PLACES`, of which one person has `PLACES_OF_ONE`. Lives in one event loop."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="quotes")
        self._taken: Counter[str] = Counter()

    async def run(self, person: str, work: Callable[[], T]) -> T:
        """What `work` returns or raises, when it is its turn.

        Raises:
            Refused: `too-many-quotes`: this person waits for others already.
            Unavailable: `quotes-busy`: the queue is full.
        """
        if self._taken[person] >= PLACES_OF_ONE:
            raise Refused(
                "too-many-quotes",
                f"{self._taken[person]} quotes of {person} are being made, expected fewer than "
                f"{PLACES_OF_ONE}.",
                "Wait for one of them, then ask again.",
            )
        if self._taken.total() >= PLACES:
            raise Unavailable(
                "quotes-busy",
                f"{PLACES} quotes wait to be made.",
                "Try again in a minute.",
            )
        self._taken[person] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, work)
        finally:
            self._taken[person] -= 1
            # Adding nothing drops the names whose count has come to zero.
            self._taken += Counter()

    def close(self) -> None:
        """End the thread, after the quote under way; those that wait are not begun."""
        self._worker.shutdown(cancel_futures=True)
