"""Look at a table by its declaration, for its owner alone: nothing is encrypted, sent or kept."""

from __future__ import annotations

from market.owner.declaration.describe import read_declaration
from market.owner.publish.settle_table import Files
from market.owner.table.contributions_on_disk import ContributionsOnDisk
from market.owner.table.losses import Loss
from market.owner.table.read_table import open_table
from market.owner.table.survey import TableReport, survey_with_losses
from market.vault.home import AgentHome


def check_table(home: AgentHome, files: Files) -> tuple[TableReport, tuple[Loss, ...]]:
    """What a table holds, what encoding would change of it, and what could not be read.

    Raises:
        Refused: `declaration-invalid`; what is wrong with the file (market.owner.table.table_file).
    """
    declaration = read_declaration(files.declaration)
    table = open_table(files.table, declaration.layout)
    with ContributionsOnDisk(home.lineage_key()) as people:
        return survey_with_losses(table, declaration.schema, people)
