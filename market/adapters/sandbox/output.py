"""The folders handed to a sandboxed program, and reading what it left."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Folders:
    """What the program sees as /repo, /sdk and /input (read-only), and the one file it may write.

    `output` is a file that exists; the program sees it in /out, under its own name. It can neither
    remove it nor put anything else in its place.
    """

    repository: Path
    sdk: Path
    inputs: Path
    output: Path


def hand_over(folder: Path) -> None:
    """Give a folder and all in it to the uid the program runs under."""
    if os.geteuid() != 0:
        return
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def read_output(path: Path, limit_bytes: int) -> bytes | None:
    """A file the program wrote: a plain file of its own, without following links; else None."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        # Missing, or a link: what the program left is not what it was asked for.
        return None
    state = os.fstat(descriptor)
    is_plain = stat.S_ISREG(state.st_mode) and state.st_nlink == 1
    if not is_plain or state.st_size > limit_bytes:
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit_bytes)
