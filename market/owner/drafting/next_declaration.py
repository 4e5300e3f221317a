"""Where the next version of a listed dataset begins: what its listing says, as its file was read.

The listing is the newest, so that terms which were changed since stay changed. It does not tell
how a file is laid out; that is as it was declared for the last version that was made here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from market.owner.drafting.declarations import BegunDeclaration, continued_declaration
from market.owner.publish.kept_layout import kept_layout
from market.owner.word.grants import newest_holding
from market.policy.drafts.draft_of_listing import draft_of_listing
from market.vault.home import AgentHome
from market.vault.row_blocks import read_row_blocks
from market.vault.standings import newest_published


@dataclass(frozen=True, slots=True)
class NextDeclaration:
    """What is declared of a further version so far.

    `is_as_before`: how its file is read was declared here, too, so that nothing is to be said.
    """

    begun: BegunDeclaration
    is_as_before: bool


@dataclass(frozen=True, slots=True)
class ShownRows:
    """What appending to a version shows everybody: that it had at least `least` rows, at most
    `most`. Without a full block nothing is taken over, and nothing shown."""

    version: int
    blocks: int
    least: int
    most: int


def next_declaration(
    home: AgentHome, dataset: str, table: Path, *, capacity_rows: str = ""
) -> NextDeclaration:
    """The declaration of a table as the next version; nothing is kept yet.

    Args:
        capacity_rows: room for rows, as it was typed; empty: as much as there was.

    Raises:
        NotFound: the agent does not hold the dataset. Refused: the header cannot be read.
    """
    held = newest_holding(home, dataset)
    manifest = held.manifest.record
    content = draft_of_listing(held.newest, epoch=manifest.epoch, parameters=manifest.parameters)
    content = replace(content, capacity_rows=capacity_rows or content.capacity_rows)
    kept = kept_layout(home.path, dataset)
    is_as_before = kept is not None and all(kept.column(one.name) for one in content.columns)
    return NextDeclaration(continued_declaration(home, content, table), is_as_before)


def shown_by_appending(home: AgentHome, dataset: str) -> ShownRows | None:
    """What appending to the newest version would show; None before one is published."""
    version = newest_published(home, dataset)
    if version is None:
        return None
    kept = read_row_blocks(home, dataset, version)
    blocks, rows = (len(kept.digests), kept.rows) if kept is not None else (0, 1)
    return ShownRows(version, blocks, blocks * rows, (blocks + 1) * rows - 1)
