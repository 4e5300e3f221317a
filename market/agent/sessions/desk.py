"""The threads sessions run in, beside the agent's loop: a few at a time, each job once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

MOST_SESSIONS: Final = 4
"""At once; further ones wait for a seat."""
_GRACE_SECONDS: Final = 30
"""How long an agent that is to end waits for sessions that were charged."""


class SessionDesk:
    """Who is at it is known to the loop's thread alone; sessions only ever leave it."""

    def __init__(self) -> None:
        self._threads: dict[str, threading.Thread] = {}
        self._stop = threading.Event()

    def is_running(self, job: str) -> bool:
        """Whether the job's session is under way."""
        thread = self._threads.get(job)
        return thread is not None and thread.is_alive()

    def running(self) -> frozenset[str]:
        """The jobs whose sessions are under way."""
        return frozenset(job for job in list(self._threads) if self.is_running(job))

    def start(self, job: str, session: Callable[[threading.Event], None]) -> bool:
        """Run a job's session in a thread, unless it runs; False where every seat is taken.

        Args:
            session: given what is set when the agent is to end; it raises nothing.
        """
        running = self.running()
        self._threads = {known: self._threads[known] for known in running}
        if job in running:
            return True
        if len(running) >= MOST_SESSIONS:
            return False
        thread = threading.Thread(target=session, args=(self._stop,), name=job, daemon=True)
        self._threads[job] = thread
        thread.start()
        return True

    def wait(self) -> None:
        """Until no session is under way."""
        for thread in self._threads.values():
            thread.join()

    def stop(self, grace_seconds: float = _GRACE_SECONDS) -> None:
        """Ask every session to end and wait; one that is charged is given the grace.

        What is not over by then ends with the process, and is ended by the next one.
        """
        self._stop.set()
        for thread in self._threads.values():
            thread.join(grace_seconds)
