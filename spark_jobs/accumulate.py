"""What a worker does: read chunks, verify the very bytes it computes on, accumulate residues.

For one key holder the platform's share needs the c0 components only: the sum of c0 for a sum,
the sum of c0*c0' for a sum of products; its opened coefficient is N^-1 times the sum of the NTT
words. A partition therefore returns k residues per output, whatever it read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal

from crypto import limbs
from crypto.chunk import Chunk as ParsedChunk
from crypto.chunk import parse_chunk
from crypto.errors import FormatError
from crypto.parameters import Parameters
from crypto.shares import Residues, add_residues
from market.ports.object_store import ObjectAltered, ObjectMissing, ObjectStore
from market.records.evaluation import Block, ColumnChunk, Output

Code = Literal["chunk-altered", "chunk-missing", "chunk-malformed"]


class ChunkRefused(Exception):
    """A chunk that must not be computed on; `code` as in market.records.evaluation.Evaluated."""

    def __init__(self, code: Code, message: str) -> None:
        # Both are arguments, so that a worker's refusal survives being pickled to the driver.
        super().__init__(code, message)
        self.code = code
        self.message = message


def accumulate(
    blocks: Iterable[Block],
    outputs: tuple[Output, ...],
    store: ObjectStore,
    parameters: Parameters,
) -> dict[str, Residues]:
    """The platform's share of every output over these blocks.

    Raises:
        ChunkRefused: a chunk is missing, altered or malformed.
    """
    totals: dict[str, Residues] = {}
    for block in blocks:
        chunks = {part.column: read_chunk(part, store, parameters) for part in block.chunks}
        for output in outputs:
            share = block_share(output, chunks, parameters)
            so_far = totals.get(output.output)
            totals[output.output] = (
                share if so_far is None else add_residues(so_far, share, parameters)
            )
    return totals


def read_chunk(part: ColumnChunk, store: ObjectStore, parameters: Parameters) -> ParsedChunk:
    """Fetch, hash and parse one chunk; the parsed views lie on the hashed buffer."""
    chunk = part.chunk
    try:
        data = store.get(chunk.key, sha256=None, limit_bytes=chunk.size_bytes)
    except ObjectMissing as error:
        raise ChunkRefused("chunk-missing", f"Chunk {chunk.key} is not in the store.") from error
    except ObjectAltered as error:
        raise ChunkRefused("chunk-altered", f"Chunk {chunk.key} was altered.") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != chunk.sha256:
        raise ChunkRefused(
            "chunk-altered",
            f"Chunk {chunk.key} hashes to {digest[:16]}, the manifest says {chunk.sha256[:16]}.",
        )
    try:
        parsed = parse_chunk(data, parameters, expected_ciphertexts=chunk.ciphertexts)
    except FormatError as error:
        raise ChunkRefused("chunk-malformed", f"Chunk {chunk.key}: {error}.") from error
    if parsed.first_ciphertext != chunk.first_ciphertext:
        raise ChunkRefused(
            "chunk-malformed",
            f"Chunk {chunk.key} starts at ciphertext {parsed.first_ciphertext}, "
            f"the manifest says {chunk.first_ciphertext}.",
        )
    return parsed


def block_share(
    output: Output, chunks: Mapping[str, ParsedChunk], parameters: Parameters
) -> Residues:
    """N^-1 times the sum of the NTT words of the block's sum, or sum of products."""
    first = chunks[output.columns[0]].c0
    if len(output.columns) == 1:
        polynomial = limbs.sum_limbs(first, parameters.primes)
    else:
        second = chunks[output.columns[1]].c0
        polynomial = limbs.product_limbs(first, second, parameters.primes)
    return limbs.constant_coefficient(polynomial, parameters.primes)
