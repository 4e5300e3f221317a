"""A queue for quotes: one after the other, in a process of their own, fairly.

Lowering and pricing a plan is the one long computation that anybody may ask for, and pure Python:
in a thread of the portal it would hold up every page. It has a worker process instead
(market.portal.quotes.process) and a queue of few places before it: few for one person, somewhat
more for all of one organisation, since accounts cost an organisation nothing. Organisations take
turns, so that whoever asks for one quote waits for at most one of each of the others.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from market.entities.people import User
from market.errors import Refused, Unavailable

T = TypeVar("T")

PLACES: Final = 32
PLACES_OF_ORGANISATION: Final = 4
PLACES_OF_PERSON: Final = 2


class Turns:
    """One at a time; those who wait stand in one line for each organisation, and the lines take
    turns. Lives in one event loop."""

    def __init__(self) -> None:
        self._is_taken = False
        self._lines: dict[str, deque[asyncio.Future[None]]] = {}

    async def take(self, line: str) -> None:
        """Return when it is the caller's turn, which they `give` on afterwards."""
        if not self._is_taken:
            self._is_taken = True
            return
        turn = asyncio.get_running_loop().create_future()
        self._lines.setdefault(line, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # It was given in the moment the caller left.
                self.give()
            raise

    def give(self) -> None:
        """Let the first of the next line begin; the line then stands behind the others."""
        while self._lines:
            line = next(iter(self._lines))
            waiting = self._lines.pop(line)
            turn = waiting.popleft()
            if waiting:
                self._lines[line] = waiting
            if not turn.cancelled():
                turn.set_result(None)
                return
        self._is_taken = False


class QuoteDesk:
    """A queue of `PLACES`, of which an organisation has `PLACES_OF_ORGANISATION` and a person
    `PLACES_OF_PERSON`. Lives in one event loop.

    Args:
        at_end: called when the quote under way is made, or has been given up.
    """

    def __init__(self, at_end: Callable[[], None] = lambda: None) -> None:
        self._at_end = at_end
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="quotes")
        self._turns = Turns()
        self._of_person: Counter[str] = Counter()
        self._of_organisation: Counter[str] = Counter()

    async def run(self, user: User, work: Callable[[], T]) -> T:
        """What `work` returns or raises, in a thread beside everything else, in its turn.

        Raises:
            Refused: `too-many-quotes`: the person, or their organisation, waits for others.
            Unavailable: `quotes-busy`: the queue is full.
        """
        self._require_place(user)
        places = ((self._of_person, user.user), (self._of_organisation, user.organisation))
        for taken, name in places:
            taken[name] += 1
        try:
            await self._turns.take(user.organisation)
            try:
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
            finally:
                self._turns.give()
        finally:
            for taken, name in places:
                taken[name] -= 1
                if not taken[name]:
                    del taken[name]

    @property
    def quotes(self) -> int:
        """How many are being made or wait."""
        return self._of_person.total()

    def close(self) -> None:
        """Give up the quote under way; those that wait are not begun."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._at_end()
        self._thread.shutdown()

    def _require_place(self, user: User) -> None:
        for whose, taken, places in (
            (user.user, self._of_person[user.user], PLACES_OF_PERSON),
            (user.organisation, self._of_organisation[user.organisation], PLACES_OF_ORGANISATION),
        ):
            if taken >= places:
                raise Refused(
                    "too-many-quotes",
                    f"{taken} quotes of {whose} are being made, expected fewer than {places}.",
                    "Wait for one of them, then ask again.",
                )
        if self._of_person.total() >= PLACES:
            raise Unavailable(
                "quotes-busy", f"{PLACES} quotes wait to be made.", "Try again in a minute."
            )
