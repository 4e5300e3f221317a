"""Attack: hand the agent a c1 of one's own and read the key off its share.

The key holder's share of a product is linear in c1: with c1 = honest + K, the share moves by
N^-1 Σ K*d0*s, and with c0 chosen that is one key coefficient times K, above any noise. The
recomputation must expand c1 from the seeds, so that a chunk's own c1 changes nothing, or is
refused.
"""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt
import pytest

from crypto.chunk import Chunk, build_chunk, parse_chunk
from crypto.errors import FormatError
from crypto.parameters import PRODUCTS
from crypto.secret_key import CkksSecretKey, factor, product_shares
from crypto.seeds import expand_c1_batch

COUNT = 66
Limbs = npt.NDArray[np.uint32]


def crafted(c1: Limbs, how: str) -> Limbs:
    altered = c1.copy()
    if how == "constant":
        # K = 2^20 in every NTT word is the constant polynomial K.
        moduli = np.array(PRODUCTS.primes, np.uint32)[:, None]
        altered = (altered + np.uint32(1 << 20)) % moduli
    elif how == "zero":
        altered[:] = 0
    elif how == "one-word":
        altered[0, 0, 0] ^= 1
    elif how == "last-ciphertext":
        altered[-1, -1, -1] ^= 1
    else:
        altered = altered[::-1].copy()
    return altered


def chunk(seeds: bytes, c0: Limbs, c1: Limbs | None) -> Chunk:
    data = build_chunk(PRODUCTS, seeds, c0, first_ciphertext=0, c1=c1)
    return parse_chunk(data, PRODUCTS, expected_ciphertexts=COUNT)


@pytest.fixture(scope="module")
def key() -> CkksSecretKey:
    return CkksSecretKey.generate(PRODUCTS)


@pytest.fixture(scope="module")
def honest() -> Chunk:
    c0 = np.ones((COUNT, len(PRODUCTS.primes), PRODUCTS.ring_degree), np.uint32)
    return chunk(os.urandom(32 * COUNT), c0, None)


@pytest.mark.parametrize("how", ["constant", "zero", "one-word", "last-ciphertext", "swapped"])
def test_a_crafted_c1_changes_the_share_only_by_refusal(
    how: str, key: CkksSecretKey, honest: Chunk
) -> None:
    expected = product_shares(factor(key, honest), factor(key, honest))
    c1 = crafted(expand_c1_batch(honest.seeds, 0, PRODUCTS), how)
    handed = chunk(honest.seeds, honest.c0, c1)
    for left, right in ((handed, honest), (honest, handed), (handed, handed)):
        try:
            share = product_shares(factor(key, left), factor(key, right))
        except FormatError:
            continue
        assert share == expected, "the share depends on a c1 that was handed in"
