"""Which of Airflow's logs may go: the old ones, and the oldest while all of them take too much.

What was written to within the last hour stays, whatever it takes: somebody may be writing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

IN_USE_SECONDS = 3_600
_DAY_SECONDS = 24 * 3_600


@dataclass(frozen=True, slots=True)
class LogFile:
    """`written_at` is when it was last written to, in Unix seconds."""

    path: Path
    size_bytes: int
    written_at: float


def outdated(
    files: Iterable[LogFile], *, now: float, keep_days: int, keep_bytes: int
) -> list[LogFile]:
    """Those that go, oldest first."""
    oldest_first = sorted(files, key=lambda file: (file.written_at, file.path))
    left_bytes = sum(file.size_bytes for file in oldest_first)
    gone: list[LogFile] = []
    for file in oldest_first:
        is_old = file.written_at < now - keep_days * _DAY_SECONDS
        is_in_use = file.written_at > now - IN_USE_SECONDS
        if is_in_use or not (is_old or left_bytes > keep_bytes):
            break
        gone.append(file)
        left_bytes -= file.size_bytes
    return gone


def clear_old_logs(folder: Path, *, now: float, keep_days: int, keep_bytes: int) -> int:
    """Remove what is outdated below a folder, and folders of which nothing is left.

    Several processes may do so at once.

    Returns:
        How many files were removed.
    """
    gone = outdated(_files_below(folder), now=now, keep_days=keep_days, keep_bytes=keep_bytes)
    for file in gone:
        # Another process was quicker, or writes there again.
        with suppress(OSError):
            file.path.unlink()
            for parent in file.path.parents:
                if parent == folder:
                    break
                parent.rmdir()
    return len(gone)


def _files_below(folder: Path) -> Iterator[LogFile]:
    for directory, _, names in os.walk(folder):
        for name in names:
            path = Path(directory) / name
            with suppress(FileNotFoundError):
                seen = path.lstat()
                yield LogFile(path, seen.st_size, seen.st_mtime)
