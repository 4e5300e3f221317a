"""Where plans are priced: a counter for short ones, and one for those that may take long.

Each has a queue and a worker of its own, so whoever asks something short waits for short plans
only, whatever else is priced. A plan's length bounds what its pricing costs: the longest plans take
up to half a minute, the longest of the short ones a few seconds, most a few milliseconds.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from market.entities.people import User
from market.portal.quotes.process import QuoteProcess
from market.portal.quotes.queue import QuoteDesk
from market.services.submit.quote_plan import PlanToPrice

SHORT_PLAN_CHARACTERS: Final = 32_768
"""Some two hundred plain statistics; a person's own program seldom asks as many."""


class QuoteCounters:
    """Both counters. Lives in one event loop.

    Args:
        seconds: how long a quote may take.
    """

    def __init__(self, seconds: int) -> None:
        self._short, self._long = _Counter(seconds), _Counter(seconds)

    async def price(self, user: User, asked: PlanToPrice) -> bytes:
        """The quote, as canonical JSON, in the person's turn.

        Raises:
            Refused: the plan's own refusal, `quote-too-long`, or `too-many-quotes` at its counter.
            Unavailable: `quotes-busy` there, or `quote-broken-off`.
        """
        counter = self._counter(asked.plan)
        return await counter.desk.run(user, partial(counter.process.price, asked))

    def desk(self, plan: str) -> QuoteDesk:
        """The queue in which a plan, by its text, waits."""
        return self._counter(plan).desk

    @property
    def in_line(self) -> dict[str, int]:
        """How many quotes are being made or wait, by counter: `short` and `long`."""
        return {"short": self._short.desk.quotes, "long": self._long.desk.quotes}

    def close(self) -> None:
        """Give up the quotes under way, and end their workers."""
        self._short.desk.close()
        self._long.desk.close()

    def _counter(self, plan: str) -> _Counter:
        return self._short if len(plan) <= SHORT_PLAN_CHARACTERS else self._long


class _Counter:
    def __init__(self, seconds: int) -> None:
        self.process = QuoteProcess(seconds)
        self.desk = QuoteDesk(at_end=self.process.close)
