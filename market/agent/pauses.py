"""Which lines of work are passed over at a poll, and until when.

    not verified    until the line or the owner's documents change
    by hand         until one of these, the ledger, or the time may change the answer
    failed          until it is time to try again, or the owner's documents change

Each of these is seen at the next poll, and until then a job costs a look at the clock, the files'
revision and the ledger's. A line that is the same to the letter is the same job in the same state.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from market.judgement.question import Work
from market.vault.revision import HoldingRevision

_FIRST_RETRY_SECONDS = 4
_LONGEST_RETRY_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Revision:
    """What one job was judged by: the owner's documents on its datasets, and the ledger."""

    holdings: tuple[HoldingRevision, ...]
    ledger: int


@dataclass(frozen=True, slots=True)
class _Pause:
    """`ledger` and `until` are None where neither matters; `failures` counts attempts in a row."""

    holdings: tuple[HoldingRevision, ...]
    ledger: int | None
    since: int
    until: int | None
    failures: int = 0


@dataclass(slots=True)
class Pauses:
    """The lines that are passed over; all times in Unix seconds."""

    _by_work: dict[Work, _Pause] = field(default_factory=dict)

    def cover(self, work: Work, seen: Revision, *, now: int) -> bool:
        """Whether nothing has changed that could change what was made of this line."""
        pause = self._by_work.get(work)
        return (
            pause is not None
            and pause.holdings == seen.holdings
            and pause.ledger in (None, seen.ledger)
            # A clock that was put back may bring a grant back to life.
            and pause.since <= now
            and (pause.until is None or now < pause.until)
        )

    def distrust(self, work: Work, seen: Revision, *, now: int) -> None:
        """The documents do not verify against the owner's: whatever the ledger says."""
        self._by_work[work] = _Pause(seen.holdings, None, now, None)

    def await_owner(self, work: Work, seen: Revision, *, now: int, until: int) -> None:
        """The owner has to decide; the same verdict holds until `until`."""
        self._by_work[work] = _Pause(seen.holdings, seen.ledger, now, until)

    def try_later(self, work: Work, seen: Revision, *, now: int) -> None:
        """It failed: try again after a while, and after each further failure twice as long."""
        kept = self._by_work.get(work)
        failures = kept.failures + 1 if kept is not None else 1
        until = now + retry_seconds(failures)
        self._by_work[work] = _Pause(seen.holdings, None, now, until, failures)

    def keep(self, listed: Collection[Work]) -> None:
        """Forget what is listed no more, so that no portal can fill the memory."""
        self._by_work = {work: pause for work, pause in self._by_work.items() if work in listed}


def retry_seconds(failures: int) -> int:
    """How long to wait after this many failures in a row (at least 1): 4, 8, ... up to 600."""
    doublings = min(failures - 1, _LONGEST_RETRY_SECONDS.bit_length())
    return min(_FIRST_RETRY_SECONDS << doublings, _LONGEST_RETRY_SECONDS)
