"""The thread that looks after jobs: waits end, runs go on, crashes are mended.

Whatever stops a duty is logged once, and tried again at the next round: nobody restarts this thread
on a laptop. A part that does not answer (Airflow, a full disk, a locked database) is waited for; a
defect is logged with its trace, and `/healthz` reports it until the duty goes well again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from market.errors import Unavailable
from market.services.keep_house import answer_waits, expire_jobs, mend_reservations
from market.services.platform import Platform

_log = structlog.get_logger()

DEFECT: Final = "internal-error"


class Housekeeper:
    """The three duties of `market.services.keep_house` every `seconds`, from `start` to `stop`."""

    def __init__(self, platform: Platform, seconds: int) -> None:
        self._platform = platform
        self._seconds = seconds
        self._troubles: dict[str, str] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeper", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own; once."""
        self._thread.start()

    def stop(self) -> None:
        """End the loop, after the duty under way."""
        self._stop.set()
        self._thread.join()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def troubles(self) -> dict[str, str]:
        """Code of what stopped each duty that did not go well the last time."""
        return dict(self._troubles)

    def keep_house(self, *, now: int) -> None:
        """Do every duty once; one that is stopped does not stop the others."""
        self._duty("expire_jobs", lambda: expire_jobs(self._platform, now=now))
        self._duty("answer_waits", lambda: answer_waits(self._platform, now=now))
        self._duty("mend_reservations", lambda: mend_reservations(self._platform, now=now))

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self.keep_house(now=int(time.time()))

    def _duty(self, name: str, duty: Callable[[], None]) -> None:
        try:
            duty()
        except Unavailable as error:
            if self._is_new(name, error.code):
                _log.warning(
                    "housekeeper.unavailable", duty=name, code=error.code, message=error.message
                )
        except Exception:  # noqa: BLE001 - logged with its trace; the next round tries again
            if self._is_new(name, DEFECT):
                _log.exception("housekeeper.failed", duty=name)
        else:
            if self._troubles.pop(name, None):
                _log.info("housekeeper.goes_on", duty=name)

    def _is_new(self, name: str, code: str) -> bool:
        """Whether this trouble was not logged yet; a log that repeats it fills the very disk."""
        before = self._troubles.get(name)
        self._troubles[name] = code
        return before != code
