"""Compile the kernels of recomputation before the first question comes, not at its cost."""

from __future__ import annotations

import numpy as np

from crypto.chunk import build_chunk, parse_chunk
from crypto.parameters import PRODUCTS
from crypto.secret_key import CkksSecretKey, factor, product_shares
from market.vault.home import Entropy


def warm_up(entropy: Entropy) -> None:
    """Recompute one product of nothing under a key made for it and thrown away."""
    nothing = np.zeros((1, len(PRODUCTS.primes), PRODUCTS.ring_degree), np.uint32)
    data = build_chunk(PRODUCTS, entropy(32), nothing, first_ciphertext=0)
    chunk = parse_chunk(data, PRODUCTS, expected_ciphertexts=1)
    one = factor(CkksSecretKey.generate(PRODUCTS), chunk)
    product_shares(one, one)
