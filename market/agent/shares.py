"""The sealed share of every output of a question, and the platform's share the agent expects.

    d = a + Z + M    a the key holder's share (crypto.secret_key), one integer Z for all primes,
                     M the mask where the sum over several owners opens alone, else nothing

A sum takes the agent's own constants, a product is recomputed in full (market.agent.recompute).
Z is derived, not drawn, so the same sum at the same rung always carries the same noise; and M from
the same and all owners' data, so that no mask ever covers two values (crypto.pairwise_masks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.noise import derive_noise
from crypto.pairwise_masks import PairwiseMasks
from crypto.secret import HIDDEN
from crypto.shares import (
    Residues,
    add_residues,
    encode_residues,
    platform_digest,
    reduce_integer,
    sum_residues,
    weighted_residues,
)
from market.agent.recompute import Fetch, recompute
from market.pricing.quoted_output import QuotedOutput
from market.records.delivery import OpenedOutput, Share
from market.records.platform_constants import sum_of_constants
from market.vault.constants import Constants
from market.vault.holdings import Holding
from market.vault.keys import Keys


@dataclass(frozen=True, slots=True, repr=False)
class UnnoisedShares:
    """One output's two decryption shares. The key holder's carries no noise yet, so it never leaves
    this process, and prints `<secret>`: both together are the exact answer."""

    output: str
    key_holder: Residues
    platform: Residues

    def __repr__(self) -> str:
        return HIDDEN


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
    products = [output for output in outputs if output.degree > 1]
    recomputed = iter(recompute(holding.manifest.record, products, keys.ckks, fetch))
    return tuple(
        _sum_shares(output, holding, constants)
        if output.degree == 1
        else UnnoisedShares(output.output, *next(recomputed))
        for output in outputs
    )


def noise_and_mask(
    unnoised: Sequence[UnnoisedShares],
    quoted: Sequence[QuotedOutput],
    holding: Holding,
    keys: Keys,
    masks: PairwiseMasks | None,
) -> Shares:
    """Every output under its own derived noise, and under its mask; nothing else is opened."""
    parameters = holding.parameters
    noised = [
        (price, _noised(shares, price, holding, keys))
        for shares, price in zip(unnoised, quoted, strict=True)
    ]
    if masks is not None:
        noised = [
            (price, add_residues(share, _mask_of(masks, price), parameters))
            for price, share in noised
        ]
    sealed = tuple(
        Share(price.output, encode_residues(share, parameters)) for price, share in noised
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
) -> Residues:
    parameters = holding.parameters
    noise = derive_noise(
        keys.noise,
        manifest_hash=holding.manifest_hash,
        output=shares.output,
        ladder=price.ladder,
        rung=price.rung,
    )
    return add_residues(shares.key_holder, reduce_integer(noise, parameters), parameters)


def _mask_of(masks: PairwiseMasks, price: QuotedOutput) -> Residues:
    return masks.mask(price.output, price.ladder, price.rung)


def _sum_shares(output: QuotedOutput, holding: Holding, constants: Constants) -> UnnoisedShares:
    parameters, opened = holding.parameters, output.opened
    key_holder = (
        (weight, sum_residues(constants[name], parameters)) for weight, name in opened.weighed
    )
    return UnnoisedShares(
        opened.id,
        weighted_residues(key_holder, parameters),
        sum_of_constants(holding.manifest.record, opened, parameters),
    )
