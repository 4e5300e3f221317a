"""The threads that start the runs of jobs taken in here, so that no request waits for Airflow.

Few ask at once: a portal whose requests waited would have no thread left for anybody else while
Airflow is slow. What they cannot do, or have not done when this process ends, housekeeping does
(market.services.submit.start_run).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog

from market.entities.job import Job
from market.services.platform import Platform
from market.services.submit.start_run import start_submitted

_log = structlog.get_logger()

THREADS: Final = 2


class RunStarter:
    """A line of jobs whose runs are started one after the other, by `THREADS` at a time."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._threads = ThreadPoolExecutor(THREADS, "start-run")

    def start(self, job: Job, user: str, *, now: int) -> None:
        """Start a job's run on behalf of a user, soon."""
        self._threads.submit(self._start, job, user, now)

    def close(self) -> None:
        """Come to the end of what is under way, and leave the rest."""
        self._threads.shutdown(cancel_futures=True)

    def _start(self, job: Job, user: str, now: int) -> None:
        try:
            start_submitted(self._platform, job, user, now=now)
        except Exception:  # noqa: BLE001 - nobody asks for the future; housekeeping tries again
            _log.exception("run.not_started", job=job.job)
