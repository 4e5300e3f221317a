"""What opens the homes of tests is one of a few secrets, so that stretching it is done once.

See the plugin `stretching`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from itertools import cycle
from typing import Final

from crypto.fresh import Entropy

_BYTES: Final = 32
UNLOCKS: Final = tuple(hashlib.sha256(b"unlock" + bytes([number])).digest() for number in range(4))
_in_turn: Final[Iterator[bytes]] = cycle(UNLOCKS)


def next_unlock() -> bytes:
    return next(_in_turn)


def entropy_of_a_home() -> Entropy:
    """Bytes for `make_home`: first what opens the home, the next of a few; then the system's."""
    asked = 0

    def entropy(count: int) -> bytes:
        nonlocal asked
        asked += 1
        return next_unlock() if asked == 1 and count == _BYTES else secrets.token_bytes(count)

    return entropy
