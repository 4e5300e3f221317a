"""Whether a table about to be published is the one that is listed: then it need not be encrypted.

datasets/<dataset>/<version>/table    SHA-256 of the table's file, in hex, for the owner alone
"""

from __future__ import annotations

from market.adapters.private_files import write_private
from market.owner.declaration.describe import read_declaration
from market.owner.outgoing import Outgoing, next_version, source_digest
from market.owner.owner import Owner
from market.owner.publish.settle_table import Files
from market.owner.word.grants import newest_holding
from market.vault.holdings import held_versions
from market.vault.layout import version_path

_NAME = "table"


def remember_table(attempt: Outgoing, files: Files) -> None:
    """Keep by what the table of a version is known again."""
    path = version_path(attempt.home, attempt.dataset, attempt.version) / _NAME
    write_private(path, source_digest(files.table).encode())


def listed_version(owner: Owner, files: Files) -> int | None:
    """The listed version that is of this very table, declared with the same columns, people and
    period, so that other terms are all that publishing it could change; None where there is none,
    or a publication of it is under way.

    Raises:
        Refused: the declaration is not acceptable, or a file cannot be read.
    """
    declared = read_declaration(files.declaration)
    dataset, home = declared.dataset, owner.home
    if dataset not in dict(held_versions(home)):
        return None
    if Outgoing(home, dataset, next_version(home, owner.store, dataset)).directory.exists():
        return None
    holding = newest_holding(home, dataset)
    listing, manifest = holding.listing.record, holding.manifest.record
    kept = version_path(home, dataset, listing.version) / _NAME
    if not kept.exists() or kept.read_text() != source_digest(files.table):
        return None
    was = listing.schema.digest(), listing.population, manifest.epoch, manifest.parameters
    held = declared.parameters(holding.parameters)
    now = declared.schema.digest(), declared.population, declared.epoch, held.name
    return listing.version if was == now else None
