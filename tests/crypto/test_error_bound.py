"""The formula; tests/crypto/test_encrypt.py and test_seal.py search for what exceeds it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.error_bound import error_bound
from crypto.errors import ParameterError
from crypto.parameters import PRODUCTS, SUMS, Parameters


def test_one_sum_costs_the_error_and_rounding_of_every_coefficient() -> None:
    assert error_bound(1, 1, PRODUCTS) == error_bound(1, 1, SUMS) == 8192 * 43 // 2


def test_one_product_costs_both_cross_terms_and_the_square() -> None:
    assert error_bound(2, 1, PRODUCTS) == 8192 * 43 * 2**55 + 8192 * 43**2 // 4
    with pytest.raises(ParameterError, match="SUMS opens 1 to 1"):
        error_bound(2, 1, SUMS)


@given(st.sampled_from([1, 2]), st.integers(1, 2**20), st.integers(1, 2**10))
def test_bounds_add_up_over_ciphertexts(degree: int, left: int, right: int) -> None:
    whole = error_bound(degree, left + right, PRODUCTS)
    assert whole == error_bound(degree, left, PRODUCTS) + error_bound(degree, right, PRODUCTS)


def test_a_billion_rows_cost_little_against_the_unit() -> None:
    ciphertexts = 2**30 // PRODUCTS.values_per_ciphertext
    assert Fraction(error_bound(1, ciphertexts, PRODUCTS), PRODUCTS.unit(1)) < Fraction(1, 2**20)
    assert Fraction(error_bound(2, ciphertexts, PRODUCTS), PRODUCTS.unit(2)) < Fraction(1, 2**11)


@pytest.mark.parametrize(
    ("chosen", "degree", "values_log2"), [(SUMS, 1, 39), (PRODUCTS, 1, 94), (PRODUCTS, 2, 39)]
)
def test_sums_that_could_wrap_are_refused(
    chosen: Parameters, degree: int, values_log2: int
) -> None:
    limit = 2**values_log2 // chosen.values_per_ciphertext
    error_bound(degree, limit - limit // 64, chosen)
    with pytest.raises(ParameterError, match="exceed the modulus"):
        error_bound(degree, limit, chosen)


def test_weights_count_as_so_many_columns_in_error_and_in_size() -> None:
    assert error_bound(1, 7, SUMS, 190) == 190 * error_bound(1, 7, SUMS)
    fits = 2**39 // SUMS.values_per_ciphertext // 2**16
    error_bound(1, fits - fits // 64, SUMS, 2**16)
    with pytest.raises(ParameterError, match="exceed the modulus"):
        error_bound(1, fits, SUMS, 2**16)


@pytest.mark.parametrize(("degree", "weight"), [(1, 0), (1, -3), (2, 2)])
def test_weights_of_nothing_and_of_products_are_refused(degree: int, weight: int) -> None:
    with pytest.raises(ParameterError, match="weight is"):
        error_bound(degree, 1, PRODUCTS, weight)


@pytest.mark.parametrize(("degree", "ciphertexts"), [(0, 1), (3, 1), (1, 0), (1, -4)])
def test_other_degrees_and_counts_are_refused(degree: int, ciphertexts: int) -> None:
    with pytest.raises(ParameterError):
        error_bound(degree, ciphertexts, PRODUCTS)
