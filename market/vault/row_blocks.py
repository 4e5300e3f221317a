"""What is kept of a version's rows so that the next version is known to begin with them.

A keyed digest of each block of rows that is full, in the version's directory. It is for the agent's
home alone: their number tells how many rows there are, to a block.
"""

from __future__ import annotations

from dataclasses import dataclass

from crypto.errors import CryptoError
from market import wire
from market.adapters.private_files import write_private
from market.vault.home import AgentHome
from market.vault.layout import version_path


@dataclass(frozen=True, slots=True)
class RowBlocks:
    """Full blocks of encoded rows, from the top.

    Attributes:
        coding: digest of the declaration, capacity aside: under another one the same codes mean
            other numbers.
        rows: how many rows a block has.
        digests: one for each block that is full, in hex (market.owner.table.row_digests).
    """

    coding: str
    rows: int
    digests: tuple[str, ...]

    @property
    def full_rows(self) -> int:
        """How many rows are in them."""
        return self.rows * len(self.digests)

    def begins_with(self, before: RowBlocks) -> bool:
        """Whether all of an earlier version's full blocks are the first of this one's."""
        first = self.digests[: len(before.digests)]
        return (self.coding, self.rows, first) == (before.coding, before.rows, before.digests)


def write_row_blocks(home: AgentHome, dataset: str, version: int, blocks: RowBlocks) -> None:
    """Keep those of a version."""
    write_private(version_path(home, dataset, version) / "rows.json", wire.encode(blocks))


def read_row_blocks(home: AgentHome, dataset: str, version: int) -> RowBlocks | None:
    """Those of a version; None where none are kept, or nothing of what is there can be read: then
    the next version is encrypted whole."""
    try:
        data = (version_path(home, dataset, version) / "rows.json").read_bytes()
        return wire.decode(RowBlocks, data)
    except (OSError, CryptoError):
        return None
