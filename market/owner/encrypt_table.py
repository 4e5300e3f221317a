"""Coded rows to chunks on disk: every ciphertext under a fresh seed, every chunk hashed.

A block of rows at a time: one chunk of each column is encrypted, then the next rows are read, so
memory depends on the number of columns and not on the rows. Nothing of a version is sent before all
of it is written, so what was sent is never encrypted again. Object names hold the chunk's hash: two
attempts at one version never meet in the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from crypto.chunk import build_chunk
from crypto.encrypt import EncryptedLimbs, encrypt_column
from crypto.errors import ParameterError
from crypto.parameters import Parameters
from crypto.secret_key import CkksSecretKey
from crypto.shares import Residues, encode_table
from crypto.sum_shares import SumShares, share_sums
from market.adapters.private_files import write_private
from market.plan.factors import Factor
from market.plan.schema import Schema
from market.records.manifest import Chunk, EncryptedColumn
from market.records.verified_chunk import describe_chunk
from market.tables.coded_rows import CodedRows, RowQueue, padded
from market.vault.constants import Constants

CIPHERTEXTS_PER_CHUNK = 32
Entropy = Callable[[int], bytes]
Progress = Callable[[str, int, int], None]
"""(what is being done, done, total); total counts ciphertexts or chunks."""


@dataclass(frozen=True, slots=True)
class EncryptedTable:
    """`constants` are the key holder's decryption constants: key material."""

    columns: tuple[EncryptedColumn, ...]
    constants: Constants


@dataclass(slots=True)
class _Column:
    """What of one column is encrypted so far."""

    number: int
    factor: Factor
    is_only_summed: bool
    chunks: list[Chunk] = field(default_factory=list)
    platform: list[Residues] = field(default_factory=list)
    key_holder: list[Residues] = field(default_factory=list)

    def keep(self, part: EncryptedLimbs | SumShares) -> None:
        self.platform.extend(part.platform_constants)
        self.key_holder.extend(part.key_holder_constants)

    def encrypted(self, parameters: Parameters) -> EncryptedColumn:
        platform = encode_table(self.platform, parameters)
        return EncryptedColumn(self.factor.id, tuple(self.chunks), platform)


def encrypt_table(
    schema: Schema,
    rows: Iterable[CodedRows],
    key: CkksSecretKey,
    directory: Path,
    *,
    prefix: str,
    entropy: Entropy,
    progress: Progress,
) -> EncryptedTable:
    """Encrypt every column into files of `directory`, named by the last part of their key; of one
    that is only summed there are constants and no file.

    Args:
        rows: the rows that stay, at most the schema's capacity; all are read.
        prefix: what the objects' keys begin with, `market.records.manifest.chunk_prefix`.

    Raises:
        ParameterError: a value that is not finite or above one in size, a repeated seed, or more
            rows than the capacity.
        Refused: what is wrong with the file the rows come from.
    """
    slots = key.parameters.values_per_ciphertext
    columns = [
        _Column(number, factor, schema.is_only_summed(factor))
        for number, factor in enumerate(schema.factors)
    ]
    queue = RowQueue(schema, rows)
    # Over the whole version: two ciphertexts of one seed carry one mask c1·s, and their difference
    # is plaintext.
    spent_seeds: set[bytes] = set()
    # By the declared capacity, so that the number of ciphertexts says nothing about the rows.
    count = -(-schema.capacity_rows // slots)
    done = 0
    for first in range(0, count, CIPHERTEXTS_PER_CHUNK):
        stop = min(first + CIPHERTEXTS_PER_CHUNK, count)
        block = queue.take((stop - first) * slots)
        for column in columns:
            values = padded(block.encoded(column.factor), (stop - first) * slots)
            if column.is_only_summed:
                column.keep(
                    share_sums(values, key.parameters, entropy=entropy, spent_seeds=spent_seeds)
                )
            else:
                part = encrypt_column(
                    values,
                    key,
                    entropy=entropy,
                    first_ciphertext=first,
                    spent_seeds=spent_seeds,
                )
                stem = f"{prefix}{column.number:03d}-{first:06d}"
                column.chunks.append(_write(part, first, key, directory, stem))
                column.keep(part)
            done += stop - first
            progress("encrypt", done, count * len(columns))
    if queue.take(1).rows:
        raise ParameterError(f"more rows came than the capacity of {schema.capacity_rows}")
    return EncryptedTable(
        tuple(column.encrypted(key.parameters) for column in columns),
        {column.factor.id: tuple(column.key_holder) for column in columns},
    )


def _write(
    part: EncryptedLimbs, first: int, key: CkksSecretKey, directory: Path, stem: str
) -> Chunk:
    data = build_chunk(key.parameters, part.seeds, part.c0, first_ciphertext=first)
    count = len(part.platform_constants)
    chunk = describe_chunk(stem, data, first_ciphertext=first, ciphertexts=count)
    # The digest in the name: two attempts at one version never meet in the store.
    named = replace(chunk, key=f"{stem}-{chunk.digest[:16]}.ect")
    write_private(directory / Path(named.key).name, data)
    return named
