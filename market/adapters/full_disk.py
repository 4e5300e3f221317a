"""A disk that takes no more, as a failure of the product: who meets it says so and goes on."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from market.errors import Unavailable

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_FAILED: Final = frozenset({errno.EIO, errno.EROFS})


@contextmanager
def typed_disk_failures(what: str) -> Iterator[None]:
    """Errors of the disk that leave the block, while `what` is written.

    Raises:
        Unavailable: `disk-full`; `disk-failed` for one that is broken or may not be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Unavailable(
                "disk-full",
                f"The disk is full: {what} was not written.",
                "Make room on it, then ask again: nothing needs a restart.",
            ) from error
        if error.errno in _FAILED:
            raise Unavailable(
                "disk-failed",
                f"The disk cannot be written ({error.strerror}): {what} was not kept.",
                "Look at the disk and at how it is mounted, then ask again.",
            ) from error
        raise


def file_failure(error: OSError) -> Unavailable:
    """What the system says of a file: its name, and no word of what stands in it."""
    # Of a copy it names both, and the second is written.
    name = error.filename2 or error.filename
    where = f"{name}: " if isinstance(name, (str, Path)) else ""
    # A copied folder's error has no number; it quotes those of its files.
    if error.errno in _FULL or (error.errno is None and quotes_full_disk(str(error))):
        return Unavailable(
            "disk-full",
            f"{where}No space is left on its disk." if where else "No space is left on a disk.",
            "Make room on it, then try again.",
        )
    return Unavailable(
        "file-failed",
        f"{where}{error.strerror or type(error).__name__}.",
        "Look at that path, its owner and mode, and at how its disk is mounted.",
    )


def tells_of_full_disk(error: Exception) -> bool:
    """Whether an error is of a disk that takes no more, or quotes one of another process."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    return quotes_full_disk(str(error))


def quotes_full_disk(text: str) -> bool:
    """Whether the words of another process are of a disk that takes no more."""
    return any(os.strerror(number) in text for number in _FULL)


def ends_in_full_disk(line: str) -> bool:
    """Whether a line of another process gives such a disk as its reason, and quotes no path that is
    called so."""
    return any(line.rstrip().endswith(f": {os.strerror(number)}") for number in _FULL)
