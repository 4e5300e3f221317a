"""What a worker does: read chunks, verify the very bytes it computes on, accumulate residues.

For one key holder the platform's share needs the c0 components only, and is one coefficient of a
sum of them, or of a sum of products of two of them (crypto.packing). A partition therefore returns
k residues per output, whatever it read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crypto import packing
from crypto.chunk import Chunk as ParsedChunk
from crypto.parameters import Parameters
from crypto.shares import Residues, add_residues
from market.plan.moments import Output
from market.ports.object_store import ObjectAltered, ObjectMissing, ObjectStore
from market.records.evaluation import Block, ColumnChunk
from market.records.verified_chunk import ChunkRefused, verified_chunk


def accumulate(
    blocks: Iterable[Block],
    outputs: tuple[Output, ...],
    store: ObjectStore,
    parameters: Parameters,
) -> dict[str, Residues]:
    """The platform's share of every output over these blocks, k residues each; none of no block.

    Raises:
        ChunkRefused: a chunk is missing, altered or malformed.
    """
    totals: dict[str, Residues] = {}
    for block in blocks:
        chunks = {part.column: read_chunk(part, store, parameters) for part in block.chunks}
        for output in outputs:
            share = block_share(output, chunks, parameters)
            so_far = totals.get(output.id)
            totals[output.id] = share if so_far is None else add_residues(so_far, share, parameters)
    return totals


def read_chunk(part: ColumnChunk, store: ObjectStore, parameters: Parameters) -> ParsedChunk:
    """Fetch, hash and parse one chunk; the parsed views lie on the hashed buffer.

    Raises:
        ChunkRefused: it is missing, altered or malformed.
    """
    chunk = part.chunk
    try:
        data = store.get(chunk.key, sha256=None, limit_bytes=chunk.size_bytes)
    except ObjectMissing as error:
        raise ChunkRefused("chunk-missing", f"Chunk {chunk.key} is not in the store.") from error
    except ObjectAltered as error:
        raise ChunkRefused("chunk-altered", f"Chunk {chunk.key} was altered.") from error
    return verified_chunk(chunk, data, parameters)


def block_share(
    output: Output, chunks: Mapping[str, ParsedChunk], parameters: Parameters
) -> Residues:
    """The platform's share of one output over one block, k residues.

    Raises:
        ParameterError: two columns' chunks do not cover the same number of ciphertexts.
    """
    factors = [chunks[name].c0 for name in output.columns]
    if len(factors) == 1:
        return packing.sum_share(factors[0], parameters)
    return packing.product_share(factors[0], factors[1], parameters)
