"""Waiting for what another process or thread does: for a condition, never for a length of time."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 300
"""How long a busy machine may take for what a quiet one does in a few; only a failure waits."""

_FIRST_LOOK_SECONDS = 0.02
_LONGEST_LOOK_SECONDS = 0.5
_SHARE_OF_THE_WAIT = 0.1


def eventually(what: Callable[[], object], *, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Return once `what` gives something true.

    A look may cost as much as what is waited for, on the same cores: it comes again after a tenth
    of the time that has passed.

    Raises:
        AssertionError: it has not in time.
    """
    began = time.monotonic()
    while not what():
        waited = time.monotonic() - began
        assert waited < patience_seconds, f"not within {patience_seconds} s"
        pause = max(_FIRST_LOOK_SECONDS, _SHARE_OF_THE_WAIT * waited)
        time.sleep(min(pause, _LONGEST_LOOK_SECONDS))
