"""The thread that looks after jobs: waits end, runs go on, crashes are mended. Of all portals over
one database, that one does it which holds the lease; when it is gone, another takes over.

Whatever stops a duty is logged once, and tried again at the next round: nobody restarts this thread
on a laptop. A part that does not answer (Airflow, a full disk, a locked database) is waited for; a
defect is logged with its trace, and `/healthz` reports it until the duty goes well again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from market.entities.people import Operator
from market.errors import MarketError, Unavailable
from market.services.operation.keep_house import (
    answer_waits,
    ask_to_lead,
    end_lost_run,
    expire_jobs,
    leave_lead,
    mend_reservations,
    tell_troubles,
)
from market.services.platform import Platform
from market.services.publish.drop_ciphertext import Round, drop_ciphertext
from market.services.release.share_result import drop_shared
from market.services.submit.drop_programs import drop_programs
from market.services.submit.start_run import start_owed_runs

_log = structlog.get_logger()

DEFECT: Final = "internal-error"
DROP_SECONDS: Final = 600
"""Between one search for ciphertext that is kept for nobody and the next."""
RUN_SECONDS: Final = 5
"""Between one question to Airflow after a run and the next: what they cost depends on no number of
jobs."""


class Housekeeper:
    """The duties of `market.services.operation.keep_house` every `seconds`, from `start` to `stop`,
    as long as this process holds the lease for it.

    Args:
        name: of this process, unlike any other's.
        measure: is told of each round of a duty: its name, and the seconds it took.
        measure_drop: is told how many objects a round has deleted, and how many bytes.
    """

    def __init__(
        self,
        platform: Platform,
        seconds: int,
        name: str,
        measure: Callable[[str, float], None] = lambda _name, _seconds: None,
        measure_drop: Callable[[int, int], None] = lambda _objects, _bytes: None,
    ) -> None:
        self._platform = platform
        self._seconds = seconds
        self._name = name
        self._measure = measure
        self._measure_drop = measure_drop
        self._leads = False
        self._troubles: dict[str, str] = {}
        self._told: dict[str, str] | None = None
        self._asked_after = ""
        self._next_run_at = 0
        self._dropped: Round | None = None
        self._next_drop_at = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeper", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own; once."""
        self._thread.start()

    def stop(self) -> None:
        """End the loop, after the duty under way, and leave the duties to another process."""
        self._stop.set()
        self._thread.join()
        if self._leads:
            # A database that does not answer lets the lease run out.
            with suppress(MarketError):
                leave_lead(self._platform, self._name)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def troubles(self) -> dict[str, str]:
        """Code of what stopped each duty that did not go well the last time."""
        return dict(self._troubles)

    @property
    def leads(self) -> bool:
        """Whether the duties were this process's at the last round."""
        return self._leads

    def go_round(self, *, now: int) -> None:
        """Do every duty once, if they are this process's."""
        if not self._duty("lead", lambda: self._ask_to_lead(now)):
            self._leads = False
        if self._leads:
            self.keep_house(now=now)
            self._tell(now)
        else:
            self._told = None

    def keep_house(self, *, now: int) -> None:
        """Do every duty once; one that is stopped does not stop the others."""
        self._duty("expire_jobs", lambda: expire_jobs(self._platform, now=now))
        self._duty("start_owed_runs", lambda: start_owed_runs(self._platform, now=now))
        self._duty("answer_waits", lambda: answer_waits(self._platform, now=now))
        if now >= self._next_run_at:
            self._next_run_at = now + RUN_SECONDS
            self._duty("end_lost_run", lambda: self._end_lost_run(now))
        self._duty("mend_reservations", lambda: mend_reservations(self._platform, now=now))
        if self._dropped or now >= self._next_drop_at:
            self._next_drop_at = now + DROP_SECONDS
            self._duty("drop_ciphertext", lambda: self._drop_ciphertext(now))
        self._duty("drop_programs", lambda: drop_programs(self._platform, now=now))
        self._duty("drop_shared", lambda: drop_shared(self._platform, now=now))

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self.go_round(now=int(time.time()))

    def _ask_to_lead(self, now: int) -> None:
        self._leads = ask_to_lead(self._platform, self._name, now=now)

    def _end_lost_run(self, now: int) -> None:
        self._asked_after = end_lost_run(self._platform, self._asked_after, now=now)

    def _drop_ciphertext(self, now: int) -> None:
        self._dropped = drop_ciphertext(self._platform, self._dropped, now=now, by=Operator())
        if self._dropped is not None:
            self._measure_drop(self._dropped.objects, self._dropped.freed_bytes)

    def _tell(self, now: int) -> None:
        """Tell the other portals what has changed; what cannot be told is told next time."""
        if self._troubles == self._told:
            return
        troubles = self.troubles
        with suppress(MarketError):
            tell_troubles(self._platform, self._name, troubles, now=now)
            self._told = troubles

    def _duty(self, name: str, duty: Callable[[], None]) -> bool:
        """Whether it went well."""
        started = time.perf_counter()
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
            return True
        finally:
            self._measure(name, time.perf_counter() - started)
        return False

    def _is_new(self, name: str, code: str) -> bool:
        """Whether this trouble was not logged yet; a log that repeats it fills the very disk."""
        before = self._troubles.get(name)
        self._troubles[name] = code
        return before != code
