"""The member's own table, opened for one session: the file that was bound, or none.

It is read here, at home, by the agent alone. A file that is not what was bound is not computed on:
whose budget it is was settled for the other one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from market.errors import Refused
from market.owner.consortium.bind_table import sha256_of
from market.owner.declaration.describe import parse_declaration
from market.owner.table.contributions_on_disk import ContributionsOnDisk
from market.owner.table.read_table import open_table
from market.owner.table.table_file import TableFile
from market.plan.schema import Schema
from market.tables.coded_rows import CodedRows
from market.tables.encode import Encoder
from market.vault.home import AgentHome
from market.vault.membership import KeptFile


@dataclass(frozen=True, slots=True)
class OwnRows:
    """The rows of a table that stay (market.tables.encode), a batch at a time."""

    file: TableFile
    encoder: Encoder

    def batches(self) -> Iterator[CodedRows]:
        """All rows, once."""
        return map(self.encoder.encode, self.file.batches())

    def with_people(self) -> Iterator[tuple[CodedRows, list[str]]]:
        """All rows, once, and whose each is, by normal id."""
        return map(self.encoder.encode_people, self.file.batches())


@contextmanager
def own_rows(home: AgentHome, kept: KeptFile, schema: Schema) -> Iterator[OwnRows]:
    """The bound file, as long as it is that one: before it is read, and after.

    Raises:
        Refused: `table-changed`; what is wrong with the file (market.owner.table.table_file).
    """
    _check_unchanged(kept)
    layout = parse_declaration(kept.declaration).layout
    with ContributionsOnDisk(home.lineage_key()) as counted:
        yield OwnRows(open_table(kept.at(), layout), Encoder(schema, counted))
    _check_unchanged(kept)


def _check_unchanged(kept: KeptFile) -> None:
    try:
        seen = sha256_of(kept.at())
    except OSError:
        seen = "gone"
    if seen != kept.sha256:
        raise Refused(
            "table-changed",
            "A member's table is not the one that was bound.",
            "Nothing was spent. The member binds it again: market consortium bind.",
        )
