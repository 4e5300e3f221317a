"""Whatever one answer or one job holds, as a coded failure that is logged once and ends nothing."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from crypto.errors import CryptoError
from market.errors import MarketError, Refused, Unavailable

_LOG = structlog.get_logger("market.agent")
_MOST_LINES = 20
"""In one round: a portal that invents jobs fills no disk with them."""


@dataclass(slots=True)
class Failures:
    """What failed and was logged already, so that polling does not repeat it."""

    _logged: set[tuple[str, str]] = field(default_factory=set)
    _failing: set[tuple[str, str]] = field(default_factory=set)
    _lines_left: int = _MOST_LINES

    def codes(self) -> Counter[str]:
        """How many parts of the work fail until further notice, by code; from any thread."""
        return Counter(code for _, code in list(self._failing))

    @contextmanager
    def logged(self, subject: str, *, but: Collection[str] = ()) -> Iterator[None]:
        """A part of the work whose failure is logged, and stops no other part.

        Nothing is hidden: what no rule foresees is logged too, by its type. A failure whose code is
        among `but` goes on.
        """
        try:
            yield
        except Exception as error:
            failure = failure_of(error)
            if failure.code in but:
                raise
            self.log_once(subject, failure)

    def log_once(self, subject: str, error: MarketError) -> None:
        """One line with code and next action, unless it was logged before."""
        self._failing.add((subject, error.code))
        if self.is_new(subject, error.code):
            _LOG.warning(
                "not now",
                subject=subject,
                code=error.code,
                message=error.message,
                next_action=error.next_action,
            )

    def is_new(self, subject: str, what: str) -> bool:
        """Whether this was not logged before. From now on it was; and once a round has logged its
        most, nothing is new."""
        if (subject, what) in self._logged or self._lines_left == 0:
            return False
        self._logged.add((subject, what))
        self._lines_left -= 1
        if self._lines_left == 0:
            _LOG.warning("more failed than is logged in one round", lines=_MOST_LINES)
        return True

    def begin_round(self) -> None:
        """A new look at the portal: it may say as many lines again."""
        self._lines_left = _MOST_LINES

    def keep(self, subjects: Iterable[str]) -> None:
        """Forget all others: what waits no longer is logged again if it returns."""
        kept = set(subjects)
        self._logged = {pair for pair in self._logged if pair[0] in kept}
        self._failing = {pair for pair in self._failing if pair[0] in kept}

    def forget(self, subject: str) -> None:
        """It works again, so its next failure is news."""
        self._logged = {pair for pair in self._logged if pair[0] != subject}
        self._failing = {pair for pair in self._failing if pair[0] != subject}


def failure_of(error: Exception) -> MarketError:
    """An exception in the product's words. No text but the product's own goes on."""
    if isinstance(error, MarketError):
        return error
    if isinstance(error, CryptoError):
        # The engine's bounds hold, whatever a buyer signed and a platform forwarded.
        return Refused("engine-refused", f"{error}.", "Look at the job's plan.")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(
            "disk-full",
            "There is no space left where the agent keeps its home.",
            "Make room; the agent goes on by itself, and nothing was spent.",
        )
    if isinstance(error, (RecursionError, MemoryError, OverflowError)):
        return Refused(
            "beyond-bounds",
            f"A value is larger or deeper than the agent takes ({type(error).__name__}).",
            "Tell the operator of the portal; the agent goes on with other work.",
        )
    if isinstance(error, OSError):
        return Unavailable(
            "home-failed",
            f"The agent's home could not be used (errno {error.errno}).",
            "Look at the directory, its owner and its disk; the agent tries again.",
        )
    return Unavailable(
        "agent-defect",
        f"The agent failed in a way no rule foresees ({_place(error)}).",
        "Tell the makers of this software; the agent goes on with other work.",
    )


def _place(error: Exception) -> str:
    """Type and line: an exception's text may quote what it was given."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{where}"
