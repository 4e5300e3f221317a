"""One process at a time: a lock on a file that ends with whoever holds it, however that ends.

The lock is the open file's, not the process's (fcntl(2): open file description locks). So nothing
this process opens or closes elsewhere ends it, and whoever asks for its state takes nothing away
from who wants to hold it.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market.errors import MarketError

_LOCK = struct.Struct("hhqqi0q")
"""struct flock: kind, whence, start, length (0: whole), pid (0: an open file's)."""


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
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _whole(fcntl.F_WRLCK))
        except BlockingIOError as error:
            raise otherwise from error
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether anybody holds the lock of a file; nobody does of one that is missing."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        found = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _whole(fcntl.F_WRLCK))
    finally:
        os.close(descriptor)
    kind, *_ = _LOCK.unpack(found)
    return bool(kind != fcntl.F_UNLCK)


def _whole(kind: int) -> bytes:
    return _LOCK.pack(kind, os.SEEK_SET, 0, 0, 0)
