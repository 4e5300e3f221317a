"""Coded rows to chunks on disk: every ciphertext under a fresh seed, every chunk hashed.

    rows -> blocks of 16 ciphertexts -> one task a column, on every core -> chunk and part on disk

One thread reads: while a block is encrypted the next is read, and no further. So memory depends on
the number of columns, not on the rows. What an earlier run has finished is kept to the byte
(market.owner.publish.encrypted_parts), and so is what the version before has of the same rows
(market.owner.publish.taken_over). Of a column that is only summed no ciphertext is made, but shares
of each block's sums (crypto.sum_shares). Nothing of a version is sent before all of it is written,
so what was sent is never encrypted again. SEAL opens one ciphertext of every chunk, drawn at
random, before the chunk is written (crypto.referee).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from crypto.encrypt import encrypt_column
from crypto.errors import ParameterError
from crypto.fresh import FreshBytes
from crypto.referee import check_opens
from crypto.secret_key import CkksSecretKey
from crypto.sum_shares import share_sums
from market.owner.publish.encrypted_parts import EncryptedPart, EncryptedParts, encrypted_part
from market.owner.publish.taken_over import TakenOver
from market.plan.factors import Factor
from market.plan.schema import Schema
from market.records.manifest import EncryptedColumn
from market.tables.coded_rows import CodedRows, RowQueue, padded

CIPHERTEXTS_PER_CHUNK = 16
"""By measurement: of more a worker, which holds a chunk of every column it multiplies, takes more
memory and leaves the caches between two products; of fewer, files and SEAL's word cost more."""
Progress = Callable[[str, int, int], None]
"""(what is being done, done, total); total counts ciphertexts or chunks."""


@dataclass(frozen=True, slots=True, repr=False)
class EncryptedTable:
    """`constants` are the key holder's, by column and in hex as the manifest has the platform's:
    key material."""

    columns: tuple[EncryptedColumn, ...]
    constants: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Encryption:
    """How a version is encrypted: under which key, from whose bytes, where it lies, and what of it
    the version before has already."""

    key: CkksSecretKey
    fresh: FreshBytes
    parts: EncryptedParts
    taken: TakenOver | None = None

    @property
    def taken_ciphertexts(self) -> int:
        """So many of each column are there, from the top, before any row is read."""
        return self.taken.ciphertexts if self.taken else 0

    def made(self, column: _Column, first: int, size: int) -> EncryptedPart | None:
        """A part that is there: of the version before, or of an earlier run."""
        if self.taken and (part := self.taken.part(column.factor.id, first, size)):
            return part
        return self.parts.kept(column.number, first, self.fresh)


@dataclass(slots=True)
class _Column:
    """What of one column is encrypted so far."""

    number: int
    factor: Factor
    is_only_summed: bool
    parts: list[EncryptedPart] = field(default_factory=list)

    def encrypted(self) -> EncryptedColumn:
        chunks = tuple(part.chunk for part in self.parts if part.chunk)
        return EncryptedColumn(
            self.factor.id, chunks, "".join(part.platform for part in self.parts)
        )

    def key_holder_constants(self) -> str:
        return "".join(part.key_holder for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Task:
    """One column of one block under way, or kept from an earlier run."""

    column: _Column
    ciphertexts: int
    part: Future[EncryptedPart] | EncryptedPart


def encrypt_table(
    schema: Schema, rows: Iterable[CodedRows], encryption: Encryption, *, progress: Progress
) -> EncryptedTable:
    """Encrypt every column into chunks on disk.

    Args:
        rows: the rows that stay, at most the schema's capacity, but for those that are taken over;
            all are read.

    Raises:
        ParameterError: a value that is not finite or above one in size, a repeated seed, a chunk
            that SEAL opens to other values, or more rows than the capacity.
        Refused: what is wrong with the file the rows come from.
        OSError: the disk is full or failed; what is finished stays for the next run.
    """
    parameters = encryption.key.parameters
    columns = [
        _Column(number, factor, schema.is_only_summed(factor))
        for number, factor in enumerate(schema.factors)
    ]
    queue = RowQueue(schema, rows)
    # By the declared capacity, so that the number of ciphertexts says nothing about the rows.
    count = -(-schema.capacity_rows // parameters.values_per_ciphertext)
    done, total = 0, count * len(columns)
    threads = ThreadPoolExecutor(os.cpu_count())
    try:
        under_way: list[_Task] = []
        for first in range(0, count, CIPHERTEXTS_PER_CHUNK):
            size = min(CIPHERTEXTS_PER_CHUNK, count - first)
            is_taken = first + size <= encryption.taken_ciphertexts
            block = queue.take(0 if is_taken else size * parameters.values_per_ciphertext)
            for more in _finished(under_way):
                done += more
                progress("encrypt", done, total)
            under_way = _begin(columns, block, first, size, encryption, threads)
        for more in _finished(under_way):
            done += more
            progress("encrypt", done, total)
    finally:
        threads.shutdown(cancel_futures=True)
    if queue.take(1).rows:
        raise ParameterError(f"more rows came than the capacity of {schema.capacity_rows}")
    encryption.parts.discard_unnamed(
        {part.chunk.key for column in columns for part in column.parts if part.chunk}
    )
    return EncryptedTable(
        tuple(column.encrypted() for column in columns),
        {column.factor.id: column.key_holder_constants() for column in columns},
    )


def _begin(
    columns: list[_Column],
    block: CodedRows,
    first: int,
    size: int,
    encryption: Encryption,
    threads: ThreadPoolExecutor,
) -> list[_Task]:
    # All seeds of an earlier run are known before a new one is drawn.
    kept = [encryption.made(one, first, size) for one in columns]
    return [
        _Task(
            column,
            size,
            part or threads.submit(_encrypt, column, block, first, size, encryption),
        )
        for column, part in zip(columns, kept, strict=True)
    ]


def _finished(tasks: list[_Task]) -> Iterator[int]:
    """Each task's part to its column, in order; how many ciphertexts it has."""
    for task in tasks:
        part = task.part if isinstance(task.part, EncryptedPart) else task.part.result()
        task.column.parts.append(part)
        yield task.ciphertexts


def _encrypt(
    column: _Column, block: CodedRows, first: int, size: int, encryption: Encryption
) -> EncryptedPart:
    key, fresh = encryption.key, encryption.fresh
    values = padded(block.encoded(column.factor), size * key.parameters.values_per_ciphertext)
    if column.is_only_summed:
        return encrypted_part(None, share_sums(values, key.parameters, fresh=fresh), key.parameters)
    encrypted = encrypt_column(values, key, fresh=fresh, first_ciphertext=first)
    chosen = int.from_bytes(fresh.draw(), "big") % size
    check_opens(values, encrypted, key, first_ciphertext=first, chosen=[chosen])
    return encryption.parts.keep(column.number, first, encrypted)
