"""Whether anything of a dataset has changed since it was read, without reading it again.

Every file here is written whole and put in place under its name (market.adapters.private_files),
so new content is another inode. An edit in place, by whoever may do that, shows in size or time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from market.entities.job import AskedDataset
from market.vault.held import read_held
from market.vault.holdings import Holding
from market.vault.home import AgentHome
from market.vault.layout import consortium_path, dataset_path
from market.vault.membership import Membership

HoldingRevision = tuple[tuple[str, int, int, int], ...]
"""(path, inode, bytes, modified in ns) of every file of a dataset or consortium, in order."""


def holding_revision(home: AgentHome, dataset: str) -> HoldingRevision:
    """What the files kept under a name are now: equal to an earlier one only if none has changed.

    Take it before reading: a change in between then shows at the next comparison.

    Raises:
        Refused: `dataset-malformed`.
        OSError: the directory cannot be read.
    """
    paths = (dataset_path(home, dataset), consortium_path(home, dataset))
    return tuple(sorted(found for path in paths for found in _files(path)))


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
        self._read: dict[AskedDataset, tuple[HoldingRevision, Holding | Membership]] = {}

    def get(self, home: AgentHome, asked: AskedDataset) -> Holding | Membership:
        """What is asked as its files are now (raises as `read_held`)."""
        revision = holding_revision(home, asked.dataset)
        kept = self._read.get(asked)
        if kept is None or kept[0] != revision:
            kept = revision, read_held(home, asked)
            self._read[asked] = kept
        return kept[1]
