"""What the platform asks of Spark, and what Spark answers: two documents, no ciphertext.

The unit of work is a block: the same ciphertext range of every column the evaluation reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from market.plan.moments import Output
from market.records.delivery import Share
from market.records.manifest import Chunk, Manifest


@dataclass(frozen=True, slots=True)
class ColumnChunk:
    column: str
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class Block:
    """Chunks of all needed columns over ciphertexts [first, first + ciphertexts) of one of the
    evaluation's tables, counted from 0."""

    table: int
    first_ciphertext: int
    ciphertexts: int
    chunks: tuple[ColumnChunk, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything the driver and its workers know. `store` opens the object store and holds no
    credentials; workers find those in their environment. `tables` of one parameter set are summed
    each by itself."""

    parameters: str
    tables: int
    outputs: tuple[Output, ...]
    blocks: tuple[Block, ...]
    store: tuple[tuple[str, str], ...]
    partitions: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why there are no shares.

    Attributes:
        code: of a chunk that must not be computed on (market.records.verified_chunk); or of what
            was away or full, and `may_pass`: done again later, the same may go well.
    """

    code: str
    message: str
    may_pass: bool


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What the driver writes: the shares of each table, or what stopped it."""

    shares: tuple[tuple[Share, ...], ...]
    stopped: Stopped | None


class ReadsColumns(Protocol):
    """Whatever is computed from some of a manifest's columns."""

    @property
    def columns(self) -> tuple[str, ...]: ...


def plan_blocks(
    manifest: Manifest, outputs: Sequence[ReadsColumns], table: int = 0
) -> tuple[Block, ...]:
    """Blocks of a table in order of their first ciphertext.

    Args:
        table: its place among those of an evaluation.

    Raises:
        KeyError: an output names a column the manifest does not hold.
        ValueError: the columns are not cut at the same ciphertexts, or one is only summed and has
            none.
    """
    names = sorted({name for output in outputs for name in output.columns})
    columns = [manifest.column(name) for name in names]
    if bare := [column.name for column in columns if not column.chunks]:
        raise ValueError(f"column {bare[0]} is only summed and has no ciphertexts")
    cuts = {
        tuple((chunk.first_ciphertext, chunk.ciphertexts) for chunk in column.chunks)
        for column in columns
    }
    if len(cuts) != 1:
        raise ValueError(f"columns are cut in {len(cuts)} ways, expected one")
    return tuple(
        Block(
            table,
            first,
            count,
            tuple(ColumnChunk(c.name, c.chunks[index]) for c in columns),
        )
        for index, (first, count) in enumerate(next(iter(cuts)))
    )
