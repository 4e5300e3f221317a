"""The thread that tells people of what waits for them: apart from housekeeping, since mail servers
and webhooks take their time, and no job's wait may end later for it."""

from __future__ import annotations

import threading
import time
from typing import Final

import structlog

from market.errors import MarketError
from market.services.inbox.tell_notices import ask_to_tell, note_waiting, send_due
from market.services.platform import Platform

_log = structlog.get_logger()

PAUSE_SECONDS: Final = 5


class Notifier:
    """Notes and sends, from `start` to `stop`, as long as this process holds the lease for it.

    Args:
        name: of this process, unlike any other's.
        portal_url: what the links in a notice begin with.
    """

    def __init__(self, platform: Platform, name: str, portal_url: str) -> None:
        self._platform = platform
        self._name = name
        self._portal_url = portal_url
        self._after = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own; once."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is under way."""
        self._stop.set()
        self._thread.join()

    def go_round(self, *, now: int) -> None:
        """Note and send once, if that is this process's."""
        if ask_to_tell(self._platform, self._name, now=now):
            self._after = note_waiting(self._platform, self._after, now=now)
            send_due(
                self._platform,
                portal_url=self._portal_url,
                now=now,
                is_ending=self._stop.is_set,
            )

    def _run(self) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            try:
                self.go_round(now=int(time.time()))
            except MarketError as error:
                _log.warning("notices.not_told", code=error.code)
            except Exception:  # noqa: BLE001 - the next round tries again
                _log.exception("notices.failed")
