"""What the programs are called: for whoever starts a worker, and computes nothing itself."""

from __future__ import annotations

from typing import Final

UNION: Final = "union"
JOIN: Final = "join"
