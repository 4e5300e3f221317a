"""One process at a time: a lock on a file that ends with whoever holds it, however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market.errors import MarketError


@contextmanager
def sole_holder(path: Path, otherwise: MarketError) -> Iterator[None]:
    """Hold the lock of a file, made if it is missing, until the block ends.

    Programs that are started meanwhile do not inherit it.

    Raises:
        MarketError: `otherwise`, when another process holds it.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise otherwise from error
        yield
    finally:
        os.close(descriptor)
