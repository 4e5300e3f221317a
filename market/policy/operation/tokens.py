"""How long an API token is good for, and when its owner is warned of its end."""

from __future__ import annotations

from typing import Final

TOKEN_LIFETIME_SECONDS: Final = 90 * 24 * 3_600
WARNED_SECONDS: Final = 14 * 24 * 3_600
"""Before the end: long enough for somebody on holiday."""
