"""The formula; tests/crypto/test_encrypt.py and test_seal.py search for what exceeds it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.error_bound import error_bound
from crypto.errors import ParameterError
from crypto.parameters import AGG


def test_one_sum_costs_its_error_and_the_encode_allowance() -> None:
    assert error_bound(1, 1, AGG) == 53


def test_one_product_costs_both_cross_terms_and_the_square() -> None:
    bound = error_bound(2, 1, AGG) - AGG.ring_degree * 53**2
    exact_squared = 4 * AGG.ring_degree * (53 * 2**55) ** 2
    assert (bound - 1) ** 2 <= exact_squared <= bound**2


@given(st.sampled_from([1, 2]), st.integers(1, 2**20), st.integers(1, 2**10))
def test_bounds_add_up_over_ciphertexts(degree: int, left: int, right: int) -> None:
    whole = error_bound(degree, left + right, AGG)
    assert whole == error_bound(degree, left, AGG) + error_bound(degree, right, AGG)


def test_a_billion_rows_cost_little_against_the_unit() -> None:
    ciphertexts = 2**30 // AGG.slots
    assert Fraction(error_bound(1, ciphertexts, AGG), AGG.unit(1)) < Fraction(1, 2**19)
    assert Fraction(error_bound(2, ciphertexts, AGG), AGG.unit(2)) < Fraction(1, 2**11)


@pytest.mark.parametrize(("degree", "limit"), [(1, 2**94 - 1), (2, 2**39 - 1)])
def test_sums_that_could_wrap_are_refused(degree: int, limit: int) -> None:
    error_bound(degree, limit - limit // 64, AGG)
    with pytest.raises(ParameterError, match="exceed the modulus"):
        error_bound(degree, limit + 1, AGG)


@pytest.mark.parametrize(("degree", "ciphertexts"), [(0, 1), (3, 1), (1, 0), (1, -4)])
def test_other_degrees_and_counts_are_refused(degree: int, ciphertexts: int) -> None:
    with pytest.raises(ParameterError):
        error_bound(degree, ciphertexts, AGG)
