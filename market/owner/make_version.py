"""From files to a signed version on disk: look at the table, settle its people, encrypt, sign.

The table is read twice from top to bottom, some rows at a time: first to look at it, then to
encrypt it. Nothing is sent here, and nothing but the attempt itself is remembered if it fails.
"""

from __future__ import annotations

from dataclasses import dataclass

from crypto.parameters import PRODUCTS
from crypto.secret import Secret
from crypto.secret_key import CkksSecretKey
from market import wire
from market.owner.contributions_on_disk import ContributionsOnDisk
from market.owner.describe import Declaration
from market.owner.encrypt_table import EncryptedTable, Progress, encrypt_table
from market.owner.outgoing import Outgoing
from market.owner.owner import Owner
from market.owner.read_table import open_table
from market.owner.settle_table import Files, OwnersWord, changed, settle_table
from market.owner.sign_version import EncryptedVersion, sign_version
from market.owner.table_file import TableFile
from market.records.manifest import chunk_prefix
from market.tables.encode import Encoder
from market.vault.holdings import held_versions, read_holding
from market.vault.home import AgentHome, Entropy
from market.vault.keys import Keys, read_keys, write_keys


@dataclass(frozen=True, slots=True)
class Draft:
    """A version about to be made: its files as declared, and their digest when it was begun."""

    attempt: Outgoing
    files: Files
    source: str
    declaration: Declaration


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
    report, entered = settle_table(
        owner, declaration, table, version=attempt.version, word=word, entropy=entropy
    )
    attempt.begin(draft.source)
    keys = _keys(owner.home, declaration.dataset, entropy)
    encrypted = _encrypt(owner, draft, table, keys.ckks, entropy=entropy, progress=progress)
    # What was looked at and agreed to is what was encrypted, or nothing is signed.
    if draft.files.digest() != draft.source:
        raise changed(draft.files.table)
    version = EncryptedVersion(declaration, attempt.version, entered.lineages, keys, encrypted)
    sign_version(owner, version, now=now, entropy=entropy)
    attempt.complete(wire.encode(report))


def _encrypt(
    owner: Owner,
    draft: Draft,
    table: TableFile,
    key: CkksSecretKey,
    *,
    entropy: Entropy,
    progress: Progress,
) -> EncryptedTable:
    """Read the table once more, and encrypt it."""
    attempt, schema = draft.attempt, draft.declaration.schema
    publisher = owner.identity.public.fingerprint()
    with ContributionsOnDisk(owner.home.lineage_key()) as counted:
        encoder = Encoder(schema, counted)
        return encrypt_table(
            schema,
            map(encoder.encode, table.batches()),
            key,
            attempt.directory,
            prefix=chunk_prefix(attempt.dataset, publisher, attempt.version),
            entropy=entropy,
            progress=progress,
        )


def _keys(home: AgentHome, dataset: str, entropy: Entropy) -> Keys:
    """The dataset's keys; new ones, stored, until a version of it is held. Ask once an attempt."""
    held = [version for name, version in held_versions(home) if name == dataset]
    if held:
        return read_keys(home, read_holding(home, dataset, held[-1]).manifest.record)
    keys = Keys(CkksSecretKey.generate(PRODUCTS), Secret(entropy(32)))
    write_keys(home, dataset, keys)
    return keys
