"""Products by full recomputation, of which the agent trusts nobody's part.

The manifest's chunks are fetched, hashed and multiplied in one private buffer, or refused. No c1 is
ever taken from outside: an unchecked one would carry key coefficients through the noise.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from crypto.chunk import Chunk as ParsedChunk
from crypto.parameters import Parameters
from crypto.secret_key import CkksSecretKey, Workspace, factor, product_shares
from crypto.shares import Residues, sum_residues
from market.errors import Refused
from market.records.evaluation import Block, ReadsColumns, plan_blocks
from market.records.manifest import Chunk, Manifest
from market.records.verified_chunk import ChunkRefused, verified_chunk

TILE_CIPHERTEXTS = 4
"""By measurement: of fewer the calls cost more, and more leave the caches between two products."""

Fetch = Callable[[Chunk], bytes]
"""Reads one of the manifest's chunks, which is verified here; asked for one after another."""

Both = tuple[Residues, Residues]
"""The key holder's share of an output, without noise, and the platform's."""


def recompute(
    manifest: Manifest, outputs: Sequence[ReadsColumns], key: CkksSecretKey, fetch: Fetch
) -> list[Both]:
    """Both shares of the sum of products of each output's two columns. Each chunk is fetched and
    verified once for all of them.

    Raises:
        Refused: `chunk-altered`, `chunk-malformed`, `chunks-misaligned`.
        Unavailable: a chunk could not be fetched now.
    """
    blocks = _blocks(manifest, outputs)
    # Threads use every core: hashing and the kernels let the interpreter's lock go.
    threads = max(1, min(os.cpu_count() or 1, len(blocks)))
    rooms = [Workspace(key.parameters) for _ in range(threads)]
    opened: list[list[Both]] = []

    def of_block(block: Block, fetched: list[bytes]) -> list[Both]:
        room = rooms.pop()
        try:
            return _block_shares(block, fetched, outputs, key, room)
        finally:
            rooms.append(room)

    with ThreadPoolExecutor(threads) as pool:
        under_way: deque[Future[list[Both]]] = deque()
        for block in blocks:
            # One block waits at most: memory does not grow with the table.
            if len(under_way) > threads:
                opened.append(under_way.popleft().result())
            # Here, not in the threads: a client makes one exchange at a time, and what tells the
            # process to stop reaches this thread alone.
            fetched = [fetch(part.chunk) for part in block.chunks]
            under_way.append(pool.submit(of_block, block, fetched))
        opened += [each.result() for each in under_way]
    return [_sums(by_block, key.parameters) for by_block in zip(*opened, strict=True)]


def _block_shares(
    block: Block,
    fetched: Sequence[bytes],
    outputs: Sequence[ReadsColumns],
    key: CkksSecretKey,
    room: Workspace,
) -> list[Both]:
    """Both shares of each output, the key holder's first, over one block."""
    parameters = key.parameters
    chunks = {
        part.column: _verified(part.chunk, data, parameters)
        for part, data in zip(block.chunks, fetched, strict=True)
    }
    tiles: list[list[Both]] = [[] for _ in outputs]
    for first in range(0, block.ciphertexts, TILE_CIPHERTEXTS):
        factors = {
            column: factor(key, chunk.part(first, TILE_CIPHERTEXTS), column=column, workspace=room)
            for column, chunk in chunks.items()
        }
        for output, shares in zip(outputs, tiles, strict=True):
            left, right = (factors[name] for name in output.columns)
            shares.append(product_shares(left, right))
    return [_sums(shares, parameters) for shares in tiles]


def _sums(shares: Sequence[Both], parameters: Parameters) -> Both:
    key_holder, platform = zip(*shares, strict=True)
    return sum_residues(key_holder, parameters), sum_residues(platform, parameters)


def _blocks(manifest: Manifest, outputs: Sequence[ReadsColumns]) -> tuple[Block, ...]:
    if not outputs:
        return ()
    try:
        return plan_blocks(manifest, outputs)
    except ValueError as error:
        raise Refused(
            "chunks-misaligned",
            f"The chunks of {manifest.dataset} do not fit each other: {error}.",
            "Ask the owner to publish a new version.",
        ) from error


def _verified(chunk: Chunk, data: bytes, parameters: Parameters) -> ParsedChunk:
    try:
        return verified_chunk(chunk, data, parameters)
    except ChunkRefused as error:
        raise Refused(error.code, error.message, _NEXT_ACTIONS[error.code]) from error


_NEXT_ACTIONS = {
    "chunk-altered": "Nothing was spent. The platform has to restore it; the agent tries again by "
    "itself, first after seconds, later every ten minutes.",
    "chunk-malformed": "Nothing was spent. The owner signed it so: ask them for a new version.",
}
