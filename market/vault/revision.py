"""Whether anything of a dataset has changed since it was read, without reading it again.

Every file here is written whole and put in place under its name (market.adapters.private_files),
so new content is another inode. An edit in place, by whoever may do that, shows in size or time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from market.vault.holdings import Holding, read_holding
from market.vault.home import AgentHome
from market.vault.layout import dataset_path

HoldingRevision = tuple[tuple[str, int, int, int], ...]
"""(path, inode, bytes, modified in ns) of every file of a dataset, in order."""


def holding_revision(home: AgentHome, dataset: str) -> HoldingRevision:
    """What the files of a dataset are now: equal to an earlier one only if none has changed.

    Take it before reading: a change in between then shows at the next comparison.

    Raises:
        Refused: `dataset-malformed`.
        OSError: the directory cannot be read.
    """
    return tuple(sorted(_files(dataset_path(home, dataset))))


def _files(directory: Path) -> Iterator[tuple[str, int, int, int]]:
    try:
        entries = list(os.scandir(directory))
    except FileNotFoundError:
        # Nothing is held, or a version was discarded between the two looks.
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
            continue
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            # A file on its way to its name.
            continue
        yield entry.path, found.st_ino, found.st_size, found.st_mtime_ns


class VerifiedHoldings:
    """One home's holdings, each read and verified once per revision of its dataset's files."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, int], tuple[HoldingRevision, Holding]] = {}

    def get(self, home: AgentHome, dataset: str, version: int) -> Holding:
        """A version as its files are now (raises as `read_holding`)."""
        revision = holding_revision(home, dataset)
        kept = self._read.get((dataset, version))
        if kept is None or kept[0] != revision:
            kept = revision, read_holding(home, dataset, version)
            self._read[dataset, version] = kept
        return kept[1]
