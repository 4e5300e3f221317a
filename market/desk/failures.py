"""What fails at a desk, in the product's words: for a page, or at the end of long work."""

from __future__ import annotations

import structlog

from crypto.errors import CryptoError
from market.adapters.full_disk import file_failure
from market.errors import MarketError, Refused, Unavailable

_log = structlog.get_logger()


def failure_of(error: Exception) -> MarketError:
    """An exception as its person is told of it; what no rule foresees is logged whole."""
    if isinstance(error, MarketError):
        return error
    if isinstance(error, CryptoError):
        return Refused("value-refused", f"{error}.", "Correct the value.")
    if isinstance(error, OSError):
        return file_failure(error)
    _log.error("desk.work-failed", exc_info=error)
    return Unavailable(
        "desk-failed",
        f"The work failed: {type(error).__name__}.",
        "The terminal where `market ui` runs shows more. Nothing that was stored is lost.",
    )
