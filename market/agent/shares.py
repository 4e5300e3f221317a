"""The sealed share of every output of a question, and the platform's share the agent expects.

    d = N^-1 Σ (c1·s [+ c2·s²]) + Z        one integer Z for all primes

A sum takes the agent's own constants. A product is recomputed in full: the manifest's chunks are
fetched, hashed and multiplied in one private buffer, or refused. No c1 is ever taken from outside:
an unchecked one would carry key coefficients through the noise.
Z is derived, not drawn, so the same sum at the same scale always carries the same noise.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from crypto.chunk import Chunk as ParsedChunk
from crypto.chunk import parse_chunk
from crypto.errors import CryptoError
from crypto.noise import derive_noise
from crypto.parameters import Parameters
from crypto.secret_key import CkksSecretKey, product_shares
from crypto.shares import (
    Residues,
    add_residues,
    decode_table,
    encode_residues,
    platform_digest,
    reduce_integer,
    sum_residues,
)
from market.errors import Refused
from market.pricing.quote import QuotedOutput
from market.records.delivery import OpenedOutput, Share
from market.records.manifest import Chunk, Manifest
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
        Refused: `chunk-altered` when a fetched chunk is not the manifest's.
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
    manifest, parameters = holding.manifest.record, holding.parameters
    table = decode_table(manifest.column(column).constants, manifest.ciphertexts, parameters)
    return UnnoisedShares(
        output.output,
        sum_residues(constants[column], parameters),
        sum_residues(table, parameters),
    )


def _recompute(
    outputs: Sequence[QuotedOutput], holding: Holding, key: CkksSecretKey, fetch: Fetch
) -> dict[str, UnnoisedShares]:
    """Products by full recomputation; each chunk is fetched and verified once for all of them."""
    manifest, parameters = holding.manifest.record, holding.parameters
    names = sorted({name for output in outputs for name in output.columns})
    columns = {name: manifest.column(name).chunks for name in names}
    key_holder: dict[str, list[Residues]] = {output.output: [] for output in outputs}
    platform: dict[str, list[Residues]] = {output.output: [] for output in outputs}
    for place in range(_chunks_per_column(columns, manifest)):
        chunks = {name: _verified(columns[name][place], fetch, parameters) for name in names}
        for output in outputs:
            left, right = (chunks[name] for name in output.columns)
            d, expected = product_shares(key, left, right)
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


def _chunks_per_column(columns: Mapping[str, Sequence[Chunk]], manifest: Manifest) -> int:
    spans = {
        tuple((chunk.first_ciphertext, chunk.ciphertexts) for chunk in chunks)
        for chunks in columns.values()
    }
    if len(spans) > 1:
        raise Refused(
            "chunks-misaligned",
            f"Columns of {manifest.dataset} are cut into chunks in {len(spans)} ways.",
            "Ask the owner to publish a new version.",
        )
    return len(next(iter(spans))) if spans else 0


def _verified(chunk: Chunk, fetch: Fetch, parameters: Parameters) -> ParsedChunk:
    data = fetch(chunk)
    if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), chunk.sha256):
        raise _altered(chunk, "its SHA-256 is not the manifest's")
    try:
        # The very buffer that was hashed is parsed, without a copy, and multiplied.
        parsed = parse_chunk(data, parameters, expected_ciphertexts=chunk.ciphertexts)
    except CryptoError as error:
        raise _altered(chunk, str(error)) from error
    if parsed.first_ciphertext != chunk.first_ciphertext:
        raise _altered(chunk, f"it starts at ciphertext {parsed.first_ciphertext}")
    return parsed


def _altered(chunk: Chunk, reason: str) -> Refused:
    return Refused(
        "chunk-altered",
        f"Chunk {chunk.key} is not the one the owner signed: {reason}.",
        "Nothing was spent. The platform has to restore it; the agent tries again by itself, "
        "first after seconds, later every ten minutes.",
    )
