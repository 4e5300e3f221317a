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
from functools import partial

from crypto.chunk import Chunk as ParsedChunk
from crypto.noise import derive_noise
from crypto.parameters import Parameters
from crypto.secret_key import CkksSecretKey, Factor, factor, product_shares
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
from market.records.evaluation import Block, ColumnChunk, plan_blocks
from market.records.manifest import Chunk, Manifest
from market.records.platform_constants import sum_of_constants
from market.records.verified_chunk import ChunkRefused, verified_chunk
from market.vault.constants import Constants
from market.vault.holdings import Holding
from market.vault.keys import Keys

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
    parameters = holding.parameters
    key_holder: dict[str, list[Residues]] = {output.output: [] for output in outputs}
    platform: dict[str, list[Residues]] = {output.output: [] for output in outputs}
    # Block by block: one chunk of each column is in memory, however long the table is.
    # Threads use every core: reading, hashing and the kernels let the interpreter's lock go.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for block in _blocks(holding.manifest.record, outputs):
            ready = partial(_factor, key=key, fetch=fetch, parameters=parameters)
            factors = dict(threads.map(ready, block.chunks))
            products = threads.map(partial(_product, factors=factors), outputs)
            for output, (d, expected) in zip(outputs, products, strict=True):
                key_holder[output.output].append(d)
                platform[output.output].append(expected)
    return {
        name: UnnoisedShares(
            name,
            sum_residues(key_holder[name], parameters),
            sum_residues(platform[name], parameters),
        )
        for name in key_holder
    }


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


def _factor(
    part: ColumnChunk, key: CkksSecretKey, fetch: Fetch, parameters: Parameters
) -> tuple[str, Factor]:
    return part.column, factor(key, _verified(part.chunk, fetch, parameters))


def _product(output: QuotedOutput, factors: dict[str, Factor]) -> tuple[Residues, Residues]:
    left, right = (factors[name] for name in output.columns)
    return product_shares(left, right)


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
