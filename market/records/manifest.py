"""The chunks of a dataset version, and what binds them to their owner, key and agent.

An object's key says who may write it: datasets/<dataset>/<owner>/<version>/..., where <owner> is
the fingerprint of the owner's identity key. So two owners who upload under one dataset id, before
either has published, never touch each other's objects, and no upload claims the id.

`constants` are the platform's shares b_i of every ciphertext's constant coefficient, k residues
of four bytes each (crypto.shares): a sum's b is their sum, so anyone can check the platform's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from market.records.members import check_dataset

_LINEAGE: Final = re.compile(r"[a-z0-9-]{1,64}")


def chunk_prefix(dataset: str, owner: str, version: int) -> str:
    """What the keys of a version's chunks begin with; `owner` is a key's fingerprint."""
    return f"datasets/{dataset}/{owner}/{version}/"


def owner_of(key: str) -> str:
    """The fingerprint of the owner whose chunk lies under this key (see `chunk_prefix`)."""
    return key.split("/")[2]


def version_of(key: str) -> int:
    """The version whose chunk lies under this key (see `chunk_prefix`)."""
    return int(key.split("/")[3])


@dataclass(frozen=True, slots=True)
class Chunk:
    """One object: ciphertexts [first_ciphertext, first_ciphertext + ciphertexts) of a column.

    `digest` is by the manifest's `hash`: whoever computes on a chunk checks it. `sha256` is the
    store's check sum, which S3 verifies when the chunk arrives. Both in hex.
    """

    key: str
    digest: str
    sha256: str
    size_bytes: int
    first_ciphertext: int
    ciphertexts: int


@dataclass(frozen=True, slots=True)
class EncryptedColumn:
    """An encoded column (market.plan.schema), its chunks in order, and its constants in hex.

    One that is only summed has constants and no chunks (crypto.sum_shares): constants of N rows
    each, as of a ciphertext.
    """

    name: str
    chunks: tuple[Chunk, ...]
    constants: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Signed by the owner; its hash names the data in every later record.

    `lineages` name the people in the data (opaque identifiers made under the owner's key);
    `epoch` is their budget period. `key_id` commits to the CKKS key, `noise_commitment` to the
    noise key, and `agent` is the public key that may release.
    """

    TAG: ClassVar[str] = "market/manifest/2"

    dataset: str
    version: int
    lineages: tuple[str, ...]
    epoch: int
    schema_digest: str
    parameters: str
    parameters_digest: str
    key_id: str
    noise_commitment: str
    agent: str
    form: Literal["seed-only", "c1-unpacked"]
    hash: Literal["blake3"]
    ciphertexts: int
    columns: tuple[EncryptedColumn, ...]
    twin_seed: int
    created_at: int

    def __post_init__(self) -> None:
        check_dataset(self.dataset, self.version)
        if not self.lineages or len(set(self.lineages)) != len(self.lineages):
            raise ValueError("lineages: one or more distinct identifiers expected")
        for lineage in self.lineages:
            # It stands in the names of ledger accounts, between slashes.
            if not _LINEAGE.fullmatch(lineage):
                raise ValueError(f"lineage {lineage!r:.80}: letters a-z, digits and hyphens")
        if self.epoch < 1:
            raise ValueError(f"epoch is {self.epoch}, expected 1 or more")
        for column in self.columns:
            self._check_column(column)

    @property
    def stored_bytes(self) -> int:
        """What all chunks take up in the object store."""
        return sum(chunk.size_bytes for column in self.columns for chunk in column.chunks)

    def _check_column(self, column: EncryptedColumn) -> None:
        following = 0
        for chunk in column.chunks:
            if chunk.first_ciphertext != following or chunk.ciphertexts < 1:
                raise ValueError(
                    f"column {column.name}: chunk starts at {chunk.first_ciphertext}, "
                    f"expected {following}"
                )
            following += chunk.ciphertexts
        if column.chunks and following != self.ciphertexts:
            raise ValueError(
                f"column {column.name}: {following} ciphertexts, expected {self.ciphertexts}"
            )

    @property
    def without_chunks(self) -> tuple[str, ...]:
        """The columns that are only summed."""
        return tuple(column.name for column in self.columns if not column.chunks)

    def column(self, name: str) -> EncryptedColumn:
        """Raises KeyError if the column was not encrypted."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
