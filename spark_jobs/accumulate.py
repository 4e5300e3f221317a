"""What a worker does: read chunks, verify the very bytes it computes on, accumulate residues.

For one key holder the platform's share needs the c0 components only, and is one coefficient of a
sum of them, or of a sum of products of two of them (crypto.packing). A partition therefore returns
k residues per output, whatever it read: of a weighted sum those of its columns, each times its
weight.

Memory is the limit, so it is used again and little of it at a time: a chunk is read into the buffer
of the one before, a column that is only summed leaves the caches before the next one comes, and
products are computed a few ciphertexts of all columns at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crypto import packing
from crypto.chunk import Chunk as ParsedChunk
from crypto.kernels import Limbs
from crypto.parameters import Parameters
from crypto.shares import Residues, add_residues, sum_residues, weighted_residues
from market.patience import Patience
from market.plan.moments import Output
from market.ports.object_store import ObjectAltered, ObjectMissing, ObjectStore
from market.records.evaluation import Block, ColumnChunk
from market.records.verified_chunk import ChunkRefused, verified_chunk

TILE_CIPHERTEXTS = 8
"""By measurement: of fewer the calls cost more, and more leave the caches between two products."""

PATIENCE = Patience(limit_seconds=120)
"""A store that starts again is back in less; a step that fails is done again much later."""

OfTable = tuple[int, str]
"""The place of a table in an evaluation, and the id of an output over it."""


class Buffers:
    """Memory for the chunks of one block, used again for those of the next: the system takes longer
    to hand out fresh pages than a processor to hash them."""

    def __init__(self) -> None:
        self._of: dict[str, bytearray] = {}

    def lend(self, name: str, size_bytes: int) -> memoryview:
        """The buffer of this name, cut to a size; what was read into it before is lost."""
        if len(self._of.get(name, b"")) < size_bytes:
            self._of[name] = bytearray(size_bytes)
        return memoryview(self._of[name])[:size_bytes]


def accumulate(
    blocks: Iterable[Block],
    outputs: tuple[Output, ...],
    store: ObjectStore,
    parameters: Parameters,
    patience: Patience = PATIENCE,
) -> dict[OfTable, Residues]:
    """The platform's share of every output over these blocks, k residues each, by table and output;
    none of no block.

    Args:
        patience: how long a store that is away is waited for, at each chunk.

    Raises:
        ChunkRefused: a chunk is missing, altered or malformed.
        Unavailable: the store stays away.
    """
    totals = dict[OfTable, Residues]()
    reader = ChunkReader(store, parameters, patience)
    for block in blocks:
        for name, share in _block_shares(block, outputs, reader).items():
            so_far = totals.get(key := (block.table, name))
            totals[key] = share if so_far is None else add_residues(so_far, share, parameters)
    return totals


@dataclass(frozen=True, slots=True)
class ChunkReader:
    """Reads the chunks of one worker, each into a buffer that the one before has left."""

    store: ObjectStore
    parameters: Parameters
    patience: Patience
    buffers: Buffers = field(default_factory=Buffers)

    def read(self, part: ColumnChunk, buffer: str) -> ParsedChunk:
        """Fetch, hash and parse one chunk; the parsed views lie on the buffer of this name, which
        was hashed.

        Raises:
            ChunkRefused: it is missing, altered or malformed.
            Unavailable: the store stays away.
        """
        chunk = part.chunk
        into = self.buffers.lend(buffer, chunk.size_bytes)
        try:
            self.patience.wait_for(lambda: self.store.read(chunk.key, into))
        except ObjectMissing as error:
            raise ChunkRefused(
                "chunk-missing", f"Chunk {chunk.key} is not in the store."
            ) from error
        except ObjectAltered as error:
            raise ChunkRefused("chunk-altered", f"Chunk {chunk.key} was altered.") from error
        return verified_chunk(chunk, into, self.parameters)


def _block_shares(
    block: Block, outputs: tuple[Output, ...], reader: ChunkReader
) -> dict[str, Residues]:
    parameters = reader.parameters
    products = [output for output in outputs if output.degree > 1]
    sums = [output for output in outputs if output.degree == 1]
    kept = {name for output in products for name in output.columns}
    summed: dict[str, Residues] = {}
    factors: dict[str, Limbs] = {}
    for part in block.chunks:
        # Columns that no product needs share one buffer.
        c0 = reader.read(part, part.column if part.column in kept else "").c0
        if part.column in kept:
            factors[part.column] = c0
        if any(part.column in output.columns for output in sums):
            summed[part.column] = packing.sum_share(c0, parameters)
    shares = {output.id: _sum_share(output, summed, parameters) for output in sums}
    return shares | _product_shares(products, factors, block.ciphertexts, parameters)


def _sum_share(output: Output, summed: Mapping[str, Residues], parameters: Parameters) -> Residues:
    """Of a column, or of several each times its weight."""
    weighed = ((weight, summed[name]) for weight, name in output.weighed)
    return weighted_residues(weighed, parameters)


def _product_shares(
    products: Sequence[Output],
    factors: Mapping[str, Limbs],
    ciphertexts: int,
    parameters: Parameters,
) -> dict[str, Residues]:
    tiles: dict[str, list[Residues]] = {output.id: [] for output in products}
    for first in range(0, ciphertexts, TILE_CIPHERTEXTS):
        for output in products:
            a, b = (factors[name][first : first + TILE_CIPHERTEXTS] for name in output.columns)
            tiles[output.id].append(packing.product_share(a, b, parameters))
    return {name: sum_residues(shares, parameters) for name, shares in tiles.items()}
