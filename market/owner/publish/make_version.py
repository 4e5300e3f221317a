"""From files to a signed version on disk: look at the table, settle its people, encrypt, sign.

The table is read twice from top to bottom, some rows at a time: first to look at it, then to
encrypt it. Where few rows are appended they are held meanwhile, and it is read once. Nothing is
sent here, and nothing but the attempt itself is remembered if it fails; the same files go on where
it was broken off, and end in the same manifest.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from crypto.fresh import FreshBytes
from crypto.secret import Secret
from crypto.secret_key import CkksSecretKey
from market import wire
from market.adapters.full_disk import typed_disk_failures
from market.errors import Unavailable
from market.owner.declaration.describe import Declaration
from market.owner.outgoing import Outgoing
from market.owner.owner import Owner
from market.owner.publish.encrypt_table import (
    CIPHERTEXTS_PER_CHUNK,
    EncryptedTable,
    Encryption,
    Progress,
    encrypt_table,
)
from market.owner.publish.encrypted_parts import EncryptedParts
from market.owner.publish.new_rows import NewRows, rows_after
from market.owner.publish.room import ciphertext_bytes
from market.owner.publish.settle_table import Files, OwnersWord, changed, settle_table
from market.owner.publish.sign_version import EncryptedVersion, is_signed, sign_version
from market.owner.publish.taken_over import taken_over
from market.owner.table.contributions_on_disk import ContributionsOnDisk
from market.owner.table.read_table import open_table
from market.owner.table.row_digests import RowDigests
from market.owner.table.table_file import TableFile
from market.plan.schema import Schema
from market.records.manifest import chunk_prefix
from market.tables.coded_rows import CodedRows
from market.tables.encode import Encoder
from market.vault.holdings import held_versions, read_holding
from market.vault.home import AgentHome, Entropy
from market.vault.keys import Keys, begun_keys, read_keys, write_keys
from market.vault.row_blocks import RowBlocks, read_row_blocks

_MOST_HELD_BLOCKS = 4
"""Of appended rows, in memory: twice what is held while one is read and one encrypted."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A version about to be made: its files as declared, and their digest when it was begun.

    `appends`: what the version before has of its first rows is taken over.
    """

    attempt: Outgoing
    files: Files
    source: str
    declaration: Declaration
    appends: bool = False


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is kept of the rows while the table is looked at."""

    digests: RowDigests
    appended: NewRows

    def see(self, rows: CodedRows) -> None:
        self.digests.add(rows)
        self.appended.add(rows)


def make_version(
    owner: Owner,
    draft: Draft,
    word: OwnersWord,
    *,
    now: int,
    entropy: Entropy,
    progress: Progress,
) -> None:
    """Encrypt and sign a version; afterwards the agent holds it, and its attempt is complete.

    Raises:
        Refused: the table is not acceptable or not accepted, it would share a budget and nobody
            agreed, or a file changed while it was read. Nothing was sent.
    """
    attempt, declaration = draft.attempt, draft.declaration
    table = open_table(draft.files.table, declaration.layout)
    looked = _Looked(_row_digests(owner.home, declaration), _appended(owner.home, draft))
    report, entered = settle_table(
        owner,
        declaration,
        table,
        version=attempt.version,
        word=word,
        entropy=entropy,
        see=looked.see,
    )
    goes_on = attempt.begin(draft.source)
    keys = _keys(owner.home, declaration, entropy, goes_on=goes_on)
    encryption = _encryption(owner, draft, keys, looked.digests.blocks(), entropy)
    _check_room(declaration.schema, encryption)
    encrypted = _encrypt(owner, declaration, table, encryption, looked.appended.held(), progress)
    # What was looked at and agreed to is what was encrypted, or nothing is signed.
    if draft.files.digest() != draft.source:
        raise changed(draft.files.table)
    version = EncryptedVersion(
        declaration, attempt.version, entered.lineages, keys, encrypted, looked.digests.blocks()
    )
    if not is_signed(owner, version):
        sign_version(owner, version, now=now, entropy=entropy)
    attempt.complete(wire.encode(report))
    encryption.parts.discard_records()


def _row_digests(home: AgentHome, declaration: Declaration) -> RowDigests:
    # Of all parameter sets a ciphertext has as many values.
    rows = CIPHERTEXTS_PER_CHUNK * declaration.parameters(None).values_per_ciphertext
    return RowDigests(declaration.schema, home.lineage_key(), rows)


def _encryption(
    owner: Owner, draft: Draft, keys: Keys, blocks: RowBlocks, entropy: Entropy
) -> Encryption:
    """How the version is encrypted, and what of it the one before has."""
    attempt = draft.attempt
    publisher = owner.identity.public.fingerprint()
    prefix = chunk_prefix(attempt.dataset, publisher, attempt.version)
    parts = EncryptedParts(attempt.directory, prefix, keys.ckks.parameters)
    taken = None
    if draft.appends:
        taken = taken_over(owner.home, attempt.dataset, attempt.version, keys=keys, blocks=blocks)
    return Encryption(keys.ckks, FreshBytes(entropy), parts, taken)


def _appended(home: AgentHome, draft: Draft) -> NewRows:
    """Takes the rows after those that may be taken over; without such rows it holds none."""
    attempt = draft.attempt
    before = read_row_blocks(home, attempt.dataset, attempt.version - 1) if draft.appends else None
    if before is None:
        return NewRows(0, most_rows=0)
    return NewRows(before.full_rows, most_rows=_MOST_HELD_BLOCKS * before.rows)


def _encrypt(
    owner: Owner,
    declaration: Declaration,
    table: TableFile,
    encryption: Encryption,
    appended: list[CodedRows] | None,
    progress: Progress,
) -> EncryptedTable:
    """Encrypt what was appended, where it was held; else read the table once more for it."""
    schema = declaration.schema
    with (
        ContributionsOnDisk(owner.home.lineage_key()) as counted,
        typed_disk_failures("the encrypted table"),
    ):
        if encryption.taken and appended is not None:
            return encrypt_table(schema, appended, encryption, progress=progress)
        taken = encryption.taken_ciphertexts * encryption.key.parameters.values_per_ciphertext
        rows = rows_after(taken, map(Encoder(schema, counted).encode, table.batches()))
        return encrypt_table(schema, rows, encryption, progress=progress)


def _check_room(schema: Schema, encryption: Encryption) -> None:
    """That the disk holds all ciphertext to be made (raises Unavailable: `disk-full`)."""
    parts, taken = encryption.parts, encryption.taken
    ciphertexts = -(-schema.capacity_rows // parts.parameters.values_per_ciphertext)
    ciphertexts -= taken.ciphertexts if taken else 0
    needed = ciphertext_bytes(schema, ciphertexts, parts.parameters)
    missing = needed - parts.size_bytes() - shutil.disk_usage(parts.directory).free
    if missing > 0:
        raise Unavailable(
            "disk-full",
            f"The encrypted table takes {needed:,} bytes, and the disk lacks {missing:,} of them.",
            "Make room, or declare a smaller capacity or fewer columns; nothing was sent.",
        )


def _keys(home: AgentHome, declaration: Declaration, entropy: Entropy, *, goes_on: bool) -> Keys:
    """The dataset's keys; until a version of it is held, those of an attempt that goes on, or new
    ones, stored. Ask once an attempt."""
    dataset = declaration.dataset
    held = [version for name, version in held_versions(home) if name == dataset]
    if held:
        keys = read_keys(home, read_holding(home, dataset, held[-1]).manifest.record)
        declaration.parameters(keys.ckks.parameters)
        return keys
    chosen = declaration.parameters(None)
    if goes_on and (begun := begun_keys(home, dataset, chosen)):
        return begun
    keys = Keys(CkksSecretKey.generate(chosen), Secret(entropy(32)))
    write_keys(home, dataset, keys)
    return keys
