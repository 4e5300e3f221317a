"""Places for uploads: each holds one object in memory until it is whole.

Who sends slowly holds a place. So an owner has fewer places than there are, and an upload ends
when its time is over, which follows from its size: nobody keeps the others from publishing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from market.errors import Refused

PLACES: Final = 4
PLACES_OF_ONE: Final = 2
_SECONDS: Final = 60
_SLOWEST_BYTES_PER_SECOND: Final = 250_000


def time_for(size_bytes: int) -> float:
    """Seconds that an object of this size may take to arrive."""
    return _SECONDS + size_bytes / _SLOWEST_BYTES_PER_SECOND


@asynccontextmanager
async def arriving(seconds: float) -> AsyncIterator[None]:
    """A block that reads an object for so long at most (raises Refused, `upload-too-slow`)."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise Refused(
            "upload-too-slow",
            f"The object did not arrive within {seconds:.0f} seconds.",
            "Send it again by a faster line: what is stored is not sent twice.",
        ) from error


class UploadDesk:
    """`PLACES`, of which one owner has `PLACES_OF_ONE`. Lives in one event loop."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(PLACES)
        self._taken: Counter[str] = Counter()

    @property
    def uploads(self) -> int:
        """How many objects arrive, or wait for a place."""
        return self._taken.total()

    @asynccontextmanager
    async def place(self, owner: str) -> AsyncIterator[None]:
        """A place, once one is free.

        Raises:
            Refused: `too-many-uploads`: this owner sends others already.
        """
        if self._taken[owner] >= PLACES_OF_ONE:
            raise Refused(
                "too-many-uploads",
                f"{self._taken[owner]} objects of this owner are arriving, expected fewer than "
                f"{PLACES_OF_ONE}.",
                "Wait until one of them is stored, then send it again.",
            )
        self._taken[owner] += 1
        try:
            async with self._places:
                yield
        finally:
            self._taken[owner] -= 1
            # Adding nothing drops the names whose count has come to zero.
            self._taken += Counter()
