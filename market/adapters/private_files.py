"""Files only their owner reads: directory 0700, file 0600, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path


def make_private_directory(path: Path) -> None:
    """Make a directory and what is missing above it, each with mode 0700."""
    if not path.exists():
        # With `parents=True` the directories above would get the mode that the umask leaves.
        make_private_directory(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def write_private(path: Path, data: bytes) -> None:
    """Write a file with mode 0600, so that a crash leaves the old content or the new.

    Raises:
        OSError: the disk is full or failed; the old content stands.
    """
    make_private_directory(path.parent)
    with _written_beside(path, [data]) as temporary:
        temporary.replace(path)


def write_private_once(path: Path, data: bytes) -> None:
    """Write a file with mode 0600 unless there is one: of two writers, the first one's stays."""
    make_private_directory(path.parent)
    with _written_beside(path, [data]) as temporary, contextlib.suppress(FileExistsError):
        # A link never replaces.
        os.link(temporary, path)


def write_private_new(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file with mode 0600 of parts that need not fit into memory.

    Raises:
        FileExistsError: there is one, which stays. OSError: the disk is full or failed.
    """
    make_private_directory(path.parent)
    with _written_beside(path, parts) as temporary:
        os.link(temporary, path)


def erase_private(path: Path) -> None:
    """Overwrite a file and remove it; without one nothing happens. Backups made before, and file
    systems that keep old blocks, may hold a copy still."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


@contextlib.contextmanager
def _written_beside(path: Path, parts: Iterable[bytes]) -> Iterator[Path]:
    """The whole content on disk, under a name that is gone afterwards."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        # Of a write that a full disk broke off; after a replacement there is none.
        temporary.unlink(missing_ok=True)
