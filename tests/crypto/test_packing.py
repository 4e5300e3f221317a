"""Sums and inner products are constant coefficients: against whole integers, without a key."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import ntt, packing, shares
from crypto.parameters import PRODUCTS, SUMS, Parameters

N = PRODUCTS.ring_degree
SETS = st.sampled_from([SUMS, PRODUCTS])


@pytest.mark.parametrize("chosen", [SUMS, PRODUCTS], ids=lambda chosen: chosen.name)
def test_ones_are_the_words_of_a_polynomial_of_ones(chosen: Parameters) -> None:
    assert (packing.ones(chosen) == ntt.words_of(np.ones(N, np.int64), chosen)).all()


@given(SETS, st.integers(0, 2**32), st.integers(1, 3))
def test_a_sum_is_that_of_all_coefficients(chosen: Parameters, seed: int, count: int) -> None:
    drawn = np.random.default_rng(seed).integers(-(2**40), 2**40, (count, N))
    words = np.stack([ntt.words_of(row, chosen) for row in drawn])
    nothing = shares.reduce_integer(0, chosen)
    total = packing.sum_share(words, chosen)
    assert shares.combine(total, nothing, chosen) == int(drawn.sum())
    singly = packing.sum_shares(words, chosen)
    opened = [shares.combine(share, nothing, chosen) for share in singly]
    assert opened == drawn.sum(axis=1).tolist()


@given(SETS, st.integers(0, 2**32), st.integers(1, 3))
def test_a_product_is_the_inner_product_of_coefficients(
    chosen: Parameters, seed: int, count: int
) -> None:
    a, b = np.random.default_rng(seed).integers(-(2**20), 2**20, (2, count, N))
    left, right = (np.stack([ntt.words_of(row, chosen) for row in rows]) for rows in (a, b))
    share = packing.product_share(left, right, chosen)
    nothing = shares.reduce_integer(0, chosen)
    assert shares.combine(share, nothing, chosen) == int((a * b).sum())
