"""A disk that takes no more, as a failure of the product: who meets it says so and goes on."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
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


def tells_of_full_disk(error: Exception) -> bool:
    """Whether an error is of a disk that takes no more, or quotes one of another process."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    text = str(error)
    return any(os.strerror(number) in text for number in _FULL)
