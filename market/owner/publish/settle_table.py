"""Look at all of a table, ask its owner, and enter its people: before it is encrypted, or bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from market.errors import Refused
from market.owner.declaration.describe import Declaration
from market.owner.outgoing import source_digest
from market.owner.owner import Owner
from market.owner.publish.people import Agree, settle_people
from market.owner.table.contributions_on_disk import ContributionsOnDisk
from market.owner.table.survey import Consent, TableReport, findings, nobody_to_ask, survey
from market.owner.table.table_file import TableFile
from market.tables.coded_rows import CodedRows
from market.vault.home import Entropy
from market.vault.store.lineages import Entered


@dataclass(frozen=True, slots=True)
class Files:
    """A table and how it is declared."""

    declaration: Path
    table: Path

    def digest(self) -> str:
        """By what the content of both is known again (raises as `source_digest`)."""
        return source_digest(self.declaration, self.table)


@dataclass(frozen=True, slots=True)
class OwnersWord:
    """Whom to ask before anything of a table counts.

    Attributes:
        agree: whether the table may share the budget of others.
        consent: whether what the table holds is what was meant.
    """

    agree: Agree
    consent: Consent = nobody_to_ask


def settle_table(
    owner: Owner,
    declaration: Declaration,
    table: TableFile,
    *,
    version: int,
    word: OwnersWord,
    entropy: Entropy,
    see: Callable[[CodedRows], object] = lambda _rows: None,
) -> tuple[TableReport, Entered]:
    """The table's report, and its lineages as version `version` of its dataset; no budget changes.

    Args:
        see: is shown the rows that stay, from top to bottom.

    Raises:
        Refused: what is wrong with the file, or the owner did not agree (market.owner.table.survey,
            market.owner.publish.people). Nothing is remembered.
    """
    schema = declaration.schema
    with ContributionsOnDisk(owner.home.lineage_key()) as people:
        report = survey(table, schema, people, see)
        word.consent(findings(report.encoding))
        units = people if schema.privacy_unit.column is not None else None
        entered = settle_people(owner.store, declaration, version, units, word.agree, entropy)
    return report, entered


def changed(table: Path) -> Refused:
    """A file is not what it was when it was looked at (`table-changed`)."""
    return Refused(
        "table-changed",
        f"{table.name} or its declaration changed while it was read.",
        "Run the command again when nobody writes to it; nothing was sent.",
    )
