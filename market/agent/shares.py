"""The sealed share of every output of a question, and the platform's share the agent expects.

    d = a + Z        a the key holder's share (crypto.secret_key), one integer Z for all primes

A sum takes the agent's own constants. A product is recomputed in full: the manifest's chunks are
fetched, hashed and multiplied in one private buffer, or refused. No c1 is ever taken from outside:
an unchecked one would carry key coefficients through the noise.
Z is derived, not drawn, so the same sum at the same scale always carries the same noise.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from crypto.chunk import Chunk as ParsedChunk
from crypto.noise import derive_noise
from crypto.parameters import Parameters
from crypto.secret_key import CkksSecretKey, Workspace, factor, product_shares
from crypto.shares import (
    Residues,
    add_residues,
    encode_residues,
    platform_digest,
    reduce_integer,
    sum_residues,
)
from market.errors import Refused
from market.pricing.quote import QuotedOutput
from market.records.delivery import OpenedOutput, Share
from market.records.evaluation import Block, plan_blocks
from market.records.manifest import Chunk, Manifest
from market.records.platform_constants import sum_of_constants
from market.records.verified_chunk import ChunkRefused, verified_chunk
from market.vault.constants import Constants
from market.vault.holdings import Holding
from market.vault.keys import Keys

TILE_CIPHERTEXTS = 4
"""By measurement: of fewer the calls cost more, and more leave the caches between two products."""

Fetch = Callable[[Chunk], bytes]
"""Reads one of the manifest's chunks; the agent verifies what it returns."""


@dataclass(frozen=True, slots=True)
class UnnoisedShares:
    """One output's two decryption shares. The key holder's carries no noise yet, so it never leaves
    this process."""

    output: str
    key_holder: Residues
    platform: Residues


@dataclass(frozen=True, slots=True)
class Shares:
    """What is sealed, what is announced beside it, and the digest of the platform's shares."""

    sealed: tuple[Share, ...]
    opened: tuple[OpenedOutput, ...]
    platform_digest: str


def compute_shares(
    outputs: Sequence[QuotedOutput],
    holding: Holding,
    constants: Constants,
    keys: Keys,
    fetch: Fetch,
) -> tuple[UnnoisedShares, ...]:
    """Both shares of every output, from the agent's own table or by full recomputation.

    Raises:
        Refused: `chunk-altered` when a fetched chunk is not the manifest's; `chunk-malformed`,
            `chunks-misaligned` when the manifest's own cannot be computed on.
        Unavailable: a chunk could not be fetched now.
    """
    recomputed = _recompute(tuple(o for o in outputs if o.degree > 1), holding, keys.ckks, fetch)
    return tuple(
        _sum_shares(output, holding, constants) if output.degree == 1 else recomputed[output.output]
        for output in outputs
    )


def add_noise(
    unnoised: Sequence[UnnoisedShares],
    quoted: Sequence[QuotedOutput],
    holding: Holding,
    keys: Keys,
) -> Shares:
    """Every output under its own derived noise; nothing else is opened."""
    parameters = holding.parameters
    sealed = tuple(
        Share(shares.output, _noised(shares, price, holding, keys))
        for shares, price in zip(unnoised, quoted, strict=True)
    )
    opened = tuple(
        OpenedOutput(price.output, price.degree, price.law, str(price.scale_squared))
        for price in quoted
    )
    expected = [(shares.output, shares.platform) for shares in unnoised]
    return Shares(sealed, opened, platform_digest(expected, parameters))


def _noised(
    shares: UnnoisedShares,
    price: QuotedOutput,
    holding: Holding,
    keys: Keys,
) -> str:
    parameters = holding.parameters
    noise = derive_noise(
        keys.noise,
        manifest_hash=holding.manifest_hash,
        output=shares.output,
        law=price.law,
        scale_squared=price.scale_squared,
        bound=price.bound,
    )
    return encode_residues(
        add_residues(shares.key_holder, reduce_integer(noise, parameters), parameters), parameters
    )


def _sum_shares(output: QuotedOutput, holding: Holding, constants: Constants) -> UnnoisedShares:
    (column,) = output.columns
    return UnnoisedShares(
        output.output,
        sum_residues(constants[column], holding.parameters),
        sum_of_constants([holding.manifest.record], column, holding.parameters),
    )


def _recompute(
    outputs: Sequence[QuotedOutput], holding: Holding, key: CkksSecretKey, fetch: Fetch
) -> dict[str, UnnoisedShares]:
    """Products by full recomputation; each chunk is fetched and verified once for all of them."""
    blocks = _blocks(holding.manifest.record, outputs)
    threads = max(1, min(os.cpu_count() or 1, len(blocks)))
    # A block at a time in each thread, one chunk of each column: memory does not grow with the
    # table. Threads use every core: hashing and the kernels let the interpreter's lock go.
    rooms = [Workspace(holding.parameters) for _ in range(threads)]

    def of_block(block: Block) -> list[tuple[Residues, Residues]]:
        room = rooms.pop()
        try:
            return _block_shares(block, outputs, key, fetch, room)
        finally:
            rooms.append(room)

    with ThreadPoolExecutor(threads) as pool:
        opened = list(pool.map(of_block, blocks))
    return {
        output.output: UnnoisedShares(output.output, *_sums(by_block, holding.parameters))
        for output, by_block in zip(outputs, zip(*opened, strict=True), strict=True)
    }


def _block_shares(
    block: Block,
    outputs: Sequence[QuotedOutput],
    key: CkksSecretKey,
    fetch: Fetch,
    room: Workspace,
) -> list[tuple[Residues, Residues]]:
    """Both shares of each output, the key holder's first, over one block."""
    parameters = key.parameters
    chunks = {part.column: _verified(part.chunk, fetch, parameters) for part in block.chunks}
    tiles: list[list[tuple[Residues, Residues]]] = [[] for _ in outputs]
    for first in range(0, block.ciphertexts, TILE_CIPHERTEXTS):
        factors = {
            column: factor(key, chunk.part(first, TILE_CIPHERTEXTS), column=column, workspace=room)
            for column, chunk in chunks.items()
        }
        for output, shares in zip(outputs, tiles, strict=True):
            left, right = (factors[name] for name in output.columns)
            shares.append(product_shares(left, right))
    return [_sums(shares, parameters) for shares in tiles]


def _sums(
    shares: Sequence[tuple[Residues, Residues]], parameters: Parameters
) -> tuple[Residues, Residues]:
    key_holder, platform = zip(*shares, strict=True)
    return sum_residues(key_holder, parameters), sum_residues(platform, parameters)


def _blocks(manifest: Manifest, outputs: Sequence[QuotedOutput]) -> tuple[Block, ...]:
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


def _verified(chunk: Chunk, fetch: Fetch, parameters: Parameters) -> ParsedChunk:
    try:
        return verified_chunk(chunk, fetch(chunk), parameters)
    except ChunkRefused as error:
        raise Refused(error.code, error.message, _NEXT_ACTIONS[error.code]) from error


_NEXT_ACTIONS = {
    "chunk-altered": "Nothing was spent. The platform has to restore it; the agent tries again by "
    "itself, first after seconds, later every ten minutes.",
    "chunk-malformed": "Nothing was spent. The owner signed it so: ask them for a new version.",
}
