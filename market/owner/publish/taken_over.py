"""What a version takes over of the one before it: the ciphertext of rows that are the same.

    rows of the version before    [ full ][ full ][ full ][ some ]
    rows now                      [ same ][ same ][ same ][ some and more ][ more ]
    chunks of the new version       named again             encrypted anew

All full blocks of the version before must be there unchanged, or nothing is taken over: from which
row on an owner has corrected something is nobody's business. Everything after them is encrypted
anew, up to the capacity, so that rows are not told from room. See
decisions/0004-appended-rows.md for what the store learns nevertheless.
"""

from __future__ import annotations

from dataclasses import dataclass

from crypto import parameters
from crypto.chunk_digest import CHUNK_HASH
from crypto.shares import encode_table
from market.errors import NotFound, Refused
from market.owner.publish.encrypted_parts import EncryptedPart
from market.records.manifest import Chunk, EncryptedColumn, Manifest
from market.vault.constants import Constants
from market.vault.holdings import read_holding
from market.vault.home import AgentHome
from market.vault.keys import Keys, read_constants
from market.vault.layout import version_path
from market.vault.row_blocks import RowBlocks, read_row_blocks


@dataclass(frozen=True, slots=True, repr=False)
class TakenOver:
    """The first ciphertexts of every column of a published version, with both constants.

    `constants` are key material.
    """

    manifest: Manifest
    constants: Constants
    ciphertexts: int

    def part(self, column: str, first: int, ciphertexts: int) -> EncryptedPart | None:
        """A block of a column as it was encrypted; None if it is not taken over."""
        end = first + ciphertexts
        if end > self.ciphertexts:
            return None
        before = self.manifest.column(column)
        width = len(before.constants) // self.manifest.ciphertexts
        chosen = parameters.by_name(self.manifest.parameters)
        return EncryptedPart(
            _chunk(before, first),
            before.constants[first * width : end * width],
            encode_table(self.constants[column][first:end], chosen),
        )


def taken_over(
    home: AgentHome, dataset: str, version: int, *, keys: Keys, blocks: RowBlocks
) -> TakenOver | None:
    """What a version takes over of the one before it; None where nothing.

    Args:
        version: the one to be made.
        keys: the dataset's; nothing that is under another is taken.
        blocks: of the rows to be encrypted.
    """
    before = read_row_blocks(home, dataset, version - 1) if version > 1 else None
    if before is None or not before.digests or not blocks.begins_with(before):
        return None
    if not (version_path(home, dataset, version - 1) / "published").exists():
        return None
    try:
        manifest = read_holding(home, dataset, version - 1).manifest.record
        if not _is_encrypted_so(manifest, keys):
            return None
        names = [column.name for column in manifest.columns]
        constants = read_constants(home, manifest, names)
    except (NotFound, Refused):
        # Something of it is gone or damaged: it is encrypted whole, from the table.
        return None
    return TakenOver(
        manifest, constants, before.full_rows // keys.ckks.parameters.values_per_ciphertext
    )


def _is_encrypted_so(manifest: Manifest, keys: Keys) -> bool:
    chosen = keys.ckks.parameters
    return (
        manifest.key_id,
        manifest.parameters_digest,
        manifest.form,
        manifest.hash,
    ) == (keys.ckks.key_id(), chosen.digest(), "seed-only", CHUNK_HASH)


def _chunk(column: EncryptedColumn, first: int) -> Chunk | None:
    return next((one for one in column.chunks if one.first_ciphertext == first), None)
