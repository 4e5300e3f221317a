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
    where = f"{error.filename}: " if isinstance(error.filename, (str, Path)) else ""
    if error.errno in _FULL:
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
    text = str(error)
    return any(os.strerror(number) in text for number in _FULL)
