"""The thread that tends jobs: waits end, runs go on, crashes are mended.

A part that does not answer is logged and asked again next time. Any other failure ends the thread,
which `/healthz` then reports, so that whoever watches the portal restarts it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from market.errors import Unavailable
from market.services.platform import Platform
from market.services.tend_jobs import answer_waits, expire_jobs, mend_reservations

_log = structlog.get_logger()


class Tender:
    """Runs the three duties of `services.tend_jobs` every `seconds`, from `start` to `stop`."""

    def __init__(self, platform: Platform, seconds: int) -> None:
        self._platform = platform
        self._seconds = seconds
        self._answered: set[tuple[str, str]] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tender", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the loop, after the duty under way."""
        self._stop.set()
        self._thread.join()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def tend(self, *, now: int) -> None:
        """Do every duty once; one that meets an unavailable part does not stop the others."""
        self._duty("expire_jobs", lambda: expire_jobs(self._platform, now=now))
        self._duty("answer_waits", lambda: answer_waits(self._platform, self._answered, now=now))
        self._duty("mend_reservations", lambda: mend_reservations(self._platform, now=now))

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self.tend(now=int(time.time()))

    def _duty(self, name: str, duty: Callable[[], None]) -> None:
        try:
            duty()
        except Unavailable as error:
            _log.warning("tender.unavailable", duty=name, code=error.code, message=error.message)
