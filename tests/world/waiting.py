"""Waiting for what another process or thread does: for a condition, never for a length of time."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 300
"""How long a busy machine may take for what a quiet one does in a few; only a failure waits."""

_LOOK_AGAIN_SECONDS = 0.02


def eventually(what: Callable[[], object], *, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Return once `what` gives something true.

    Raises:
        AssertionError: it has not in time.
    """
    deadline = time.monotonic() + patience_seconds
    while not what():
        assert time.monotonic() < deadline, f"not within {patience_seconds} s"
        time.sleep(_LOOK_AGAIN_SECONDS)
