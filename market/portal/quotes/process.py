"""A worker process that prices plans, as the portal holds it (market.portal.quotes.worker).

It is started with the first question, and again whenever it has ended. Nothing but its end stops a
computation in it, so that is what a deadline does.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

import market
from market import wire
from market.adapters.child_environment import LOCALE
from market.errors import Refused, Unavailable
from market.portal.quotes.worker import REFUSAL, Refusal, read_frame, write_frame
from market.services.submit.quote_plan import PlanToPrice

_OUTLIVES_SECONDS = 5
_SOURCE = Path(market.__file__).resolve().parent.parent


class QuoteProcess:
    """One worker, asked from one thread at a time.

    Args:
        seconds: how long a quote may take.
    """

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._worker: subprocess.Popen[bytes] | None = None
        # Whoever forgets to close it leaves no process behind all the same.
        self._end_worker: Callable[[], object] = lambda: None
        self._is_closed = False
        self._lock = threading.Lock()

    def price(self, asked: PlanToPrice) -> bytes:
        """The quote, as canonical JSON.

        Raises:
            Refused: the plan's own refusal, or `quote-too-long`.
            Unavailable: `quote-broken-off`: the worker ended before it had answered.
        """
        worker = self._running()
        late = threading.Event()

        def end_late() -> None:
            late.set()
            worker.kill()

        deadline = threading.Timer(self._seconds, end_late)
        deadline.start()
        try:
            answer = _exchange(worker, wire.encode(asked))
        finally:
            deadline.cancel()
            # It may be at work this moment: what it kills is not to be asked the next question.
            deadline.join()
        if answer is None or late.is_set():
            self._end_worker()
        if answer is None:
            raise self._too_long() if late.is_set() else _broken_off()
        return _quote_of(answer)

    def close(self) -> None:
        """End the worker, whatever it does at the moment; nothing is priced any more."""
        with self._lock:
            self._is_closed = True
            self._end_worker()

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_closed:
                raise _broken_off()
            if self._worker is None or self._worker.poll() is not None:
                # One that ended by itself has left its pipes open here.
                self._end_worker()
                self._worker = _start(self._seconds + _OUTLIVES_SECONDS)
                self._end_worker = weakref.finalize(self, _end, self._worker)
            return self._worker

    def _too_long(self) -> Refused:
        return Refused(
            "quote-too-long",
            f"The quote was not made within {self._seconds} seconds.",
            "Ask for fewer statistics at once, or for sums over fewer columns.",
        )


def _packages() -> str:
    """Beside an interpreter that is not the virtual environment's, packages come this way."""
    paths = (str(_SOURCE), os.environ.get("PYTHONPATH", ""))
    return os.pathsep.join(path for path in paths if path)


def _start(seconds: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "market.portal.quotes.worker", str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Nothing of the portal's own: the plans it reads are strangers'.
        env={"PYTHONPATH": _packages(), **LOCALE},
        # A terminal's interrupt is the portal's to take: the worker ends with its input.
        process_group=0,
    )


def _exchange(worker: subprocess.Popen[bytes], question: bytes) -> bytes | None:
    """The answer, or None when the worker ended instead."""
    to_worker, from_worker = cast(IO[bytes], worker.stdin), cast(IO[bytes], worker.stdout)
    try:
        write_frame(to_worker, question)
    except OSError:
        return None
    return read_frame(from_worker)


def _quote_of(answer: bytes) -> bytes:
    kind, said = answer[:1], answer[1:]
    if kind == REFUSAL:
        refusal = wire.decode(Refusal, said)
        raise Refused(refusal.code, refusal.message, refusal.next_action)
    return said


def _broken_off() -> Unavailable:
    return Unavailable(
        "quote-broken-off",
        "The process that was making the quote ended before it had made it.",
        "Ask again; if it repeats, tell the portal's administrator.",
    )


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.wait()
    for stream in (worker.stdin, worker.stdout):
        # What was still to be written to a process that is gone is lost.
        with contextlib.suppress(OSError):
            cast(IO[bytes], stream).close()
