"""Results shared with colleagues, from Python: hand one on, see what was, take one back.

A person's `Client` (market.client.analysis.connection) has these methods with its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import pandas as pd

from market.client.analysis.keyboard import read_out
from market.client.http.api import PortalClient
from market.client.kept.home import ClientHome
from market.client.kept.keys import Keyring
from market.client.results.colleagues import compare_colleague, find_colleague, is_compared
from market.client.results.opened_results import result_path
from market.client.results.share_result import share_result, withdraw_shared

_SHARED: Final = ("job", "sharer", "recipient", "shared_at", "withdrawn_at", "opened")


class Sharing:
    """What a person shares, by their home, their keys and their portal."""

    _home: ClientHome
    _keyring: Keyring
    _portal: PortalClient

    def share(self, job: object, colleague: str, words: Callable[[str], str] = read_out) -> None:
        """Hand an opened result on to a colleague: sealed to their key, and nothing is spent.

        Args:
            colleague: their user id.
            words: called with it, gives the words of their key as they read them out; only where
                nobody has compared it before.

        Raises:
            NotFound: `no-colleague`, `not-opened`, `not-signed-here`. Refused: `not-compared`,
                `colleague-key-differs`, `colleague-key-changed`.
        """
        found = find_colleague(self._portal, colleague)
        if not is_compared(self._home, found):
            compare_colleague(self._home, found, words(colleague))
        now = int(time.time())
        share_result(self._home, self._keyring, self._portal, str(job), found, now=now)

    def shared(self) -> pd.DataFrame:
        """What the person has shared and was given, the newest first; times are UTC, and `opened`
        says whether the result lies on this machine."""
        found = [
            one | {"opened": result_path(self._home, str(one["job"])).exists()}
            for one in self._portal.get("shared-results")
        ]
        frame = pd.DataFrame(found, columns=list(_SHARED))
        shared_at, withdrawn_at = frame["shared_at"], frame["withdrawn_at"].replace(0, None)
        return frame.assign(
            shared_at=pd.to_datetime(shared_at, unit="s", utc=True),
            withdrawn_at=pd.to_datetime(withdrawn_at, unit="s", utc=True),
        )

    def withdraw(self, job: object, colleague: str) -> None:
        """Take a result back from who has not opened it, or, of one's own user id, put away what
        was given (raises NotFound: `no-shared-result`, `shared-withdrawn`)."""
        withdraw_shared(self._portal, str(job), colleague)
