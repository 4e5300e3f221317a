"""The square root of an integer, rounded up."""

from __future__ import annotations

import math


def root_up(square: int) -> int:
    """The smallest integer whose square is at least `square` (above 0)."""
    return math.isqrt(square - 1) + 1
