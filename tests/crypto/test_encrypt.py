"""Columns through encryption, SEAL's Decryptor, and both shares of an opened coefficient."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import kernels, limbs, packing, shares
from crypto.chunk import Chunk, build_chunk, parse_chunk
from crypto.encrypt import EncryptedLimbs, encrypt_column
from crypto.error_bound import SAMPLED_ERROR, error_bound
from crypto.errors import ParameterError
from crypto.fresh import FreshBytes
from crypto.parameters import PRODUCTS, SUMS
from crypto.referee import check_opens, opened
from crypto.secret_key import CkksSecretKey, factor, key_holder_constants, product_shares
from crypto.seeds import expand_c1_batch

COUNT = 3
N = PRODUCTS.values_per_ciphertext
ROWS = COUNT * N
PRIMES = PRODUCTS.primes
Values = npt.NDArray[np.float64]
# Columns are multiples of 2^-20, so that their sums and products are exact integers.
GRID = 1 << 20


def grid_columns() -> dict[str, npt.NDArray[np.int64]]:
    generator = np.random.default_rng(11)
    spikes = np.zeros(ROWS, np.int64)
    spikes[[0, 8191, 8192, 20000]] = [GRID, -GRID, GRID, 1]
    return {
        "ones": np.full(ROWS, GRID),
        "negative": np.full(ROWS, -GRID),
        "alternating": np.where(np.arange(ROWS) % 2 == 0, GRID, -GRID),
        "signs": np.where(generator.integers(0, 2, ROWS) == 1, GRID, -GRID),
        "random": generator.integers(-GRID, GRID, ROWS, endpoint=True),
        "spikes": spikes,
        "zeros": np.zeros(ROWS, np.int64),
    }


GRID_COLUMNS = grid_columns()


@pytest.fixture(scope="module")
def encrypted(key: CkksSecretKey) -> dict[str, EncryptedLimbs]:
    fresh = FreshBytes(os.urandom)
    return {
        name: encrypt_column(column / GRID, key, fresh=fresh)
        for name, column in GRID_COLUMNS.items()
    }


@pytest.fixture(scope="module")
def chunks(encrypted: dict[str, EncryptedLimbs]) -> dict[str, Chunk]:
    return {name: chunk_of(column) for name, column in encrypted.items()}


def chunk_of(column: EncryptedLimbs) -> Chunk:
    data = build_chunk(PRODUCTS, column.seeds, column.c0, first_ciphertext=0)
    return parse_chunk(data, PRODUCTS, expected_ciphertexts=COUNT)


def distance(opened: int, exact: Fraction, degree: int) -> Fraction:
    return abs(opened - exact * PRODUCTS.unit(degree))


def test_sums_open_within_the_bound_and_the_bound_is_not_idle(
    encrypted: dict[str, EncryptedLimbs],
) -> None:
    bound = error_bound(1, COUNT, PRODUCTS)
    largest = Fraction(0)
    for name, column in encrypted.items():
        b = packing.sum_share(column.c0, PRODUCTS)
        d = shares.sum_residues(column.key_holder_constants, PRODUCTS)
        exact = Fraction(int(GRID_COLUMNS[name].sum()), GRID)
        largest = max(largest, distance(shares.combine(b, d, PRODUCTS), exact, 1))
    assert 0 < largest <= bound
    assert bound < largest * 2**20


@given(
    st.dictionaries(
        st.sampled_from(sorted(GRID_COLUMNS)),
        st.integers(-(2**16), 2**16).filter(bool),
        min_size=1,
    )
)
def test_weighted_sums_open_within_the_bound_of_their_weights(
    encrypted: dict[str, EncryptedLimbs], weights: dict[str, int]
) -> None:
    platform = ((w, packing.sum_share(encrypted[name].c0, PRODUCTS)) for name, w in weights.items())
    holder = (
        (w, shares.sum_residues(encrypted[name].key_holder_constants, PRODUCTS))
        for name, w in weights.items()
    )
    b, d = (shares.weighted_residues(terms, PRODUCTS) for terms in (platform, holder))
    exact = sum(w * Fraction(int(GRID_COLUMNS[name].sum()), GRID) for name, w in weights.items())
    weight = sum(map(abs, weights.values()))
    bound = error_bound(1, COUNT, PRODUCTS, weight)
    assert bound == weight * error_bound(1, COUNT, PRODUCTS)
    assert distance(shares.combine(b, d, PRODUCTS), exact, 1) <= bound


def test_products_open_within_the_bound_and_the_bound_is_not_idle(
    key: CkksSecretKey, chunks: dict[str, Chunk]
) -> None:
    bound = error_bound(2, COUNT, PRODUCTS)
    factors = {name: factor(key, chunk) for name, chunk in chunks.items()}
    largest = Fraction(0)
    for left, right in combinations_with_replacement(chunks, 2):
        d, b = product_shares(factors[left], factors[right])
        product = int((GRID_COLUMNS[left] * GRID_COLUMNS[right]).sum())
        opened = shares.combine(b, d, PRODUCTS)
        largest = max(largest, distance(opened, Fraction(product, GRID**2), 2))
    assert 0 < largest <= bound
    assert bound < largest * 2**20


def test_full_doubles_open_within_the_bound(key: CkksSecretKey) -> None:
    values = np.random.default_rng(5).uniform(-1, 1, N)
    column = encrypt_column(values, key, fresh=FreshBytes(os.urandom))
    (b,), (d,) = column.platform_constants, column.key_holder_constants
    exact = sum((Fraction(float(value)) for value in values), Fraction(0))
    assert distance(shares.combine(b, d, PRODUCTS), exact, 1) <= error_bound(1, 1, PRODUCTS)


def test_sums_of_the_smaller_set_open_within_the_bound() -> None:
    key, values = CkksSecretKey.generate(SUMS), GRID_COLUMNS["random"] / GRID
    column = encrypt_column(values, key, fresh=FreshBytes(os.urandom))
    b, d = (
        shares.sum_residues(constants, SUMS)
        for constants in (column.platform_constants, column.key_holder_constants)
    )
    exact = Fraction(int(GRID_COLUMNS["random"].sum()), GRID)
    distance = abs(shares.combine(b, d, SUMS) - exact * SUMS.unit(1))
    assert distance <= error_bound(1, COUNT, SUMS)


def test_tables_of_constants_add_up_to_what_the_kernels_give(
    key: CkksSecretKey, encrypted: dict[str, EncryptedLimbs]
) -> None:
    for column in encrypted.values():
        b = packing.sum_share(column.c0, PRODUCTS)
        assert shares.sum_residues(column.platform_constants, PRODUCTS) == b
        c1 = expand_c1_batch(column.seeds, 0, PRODUCTS)
        assert key_holder_constants(key, c1) == column.key_holder_constants
        (a,) = key_holder_constants(key, limbs.sum_limbs(c1, PRIMES)[None])
        assert shares.sum_residues(column.key_holder_constants, PRODUCTS) == a


def test_recomputed_platform_half_is_the_platform_kernels(
    key: CkksSecretKey, chunks: dict[str, Chunk]
) -> None:
    a, b = chunks["random"], chunks["signs"]
    assert product_shares(factor(key, a), factor(key, b))[1] == packing.product_share(
        a.c0, b.c0, PRODUCTS
    )


def test_one_column_twice_has_other_seeds_and_another_c1(key: CkksSecretKey) -> None:
    values = np.zeros(2 * N)
    first, second = (encrypt_column(values, key, fresh=FreshBytes(os.urandom)) for _ in range(2))
    seeds = [c.seeds[at : at + 32] for c in (first, second) for at in (0, 32)]
    assert len(set(seeds)) == 4
    c1 = [expand_c1_batch(column.seeds, 0, PRODUCTS) for column in (first, second)]
    assert (c1[0] != c1[1]).mean() > 0.99
    assert (first.c0 != second.c0).mean() > 0.99


@pytest.mark.parametrize("spoilt", range(4))
def test_bytes_drawn_twice_are_refused(spoilt: int, key: CkksSecretKey) -> None:
    drawn = [bytes([place]) * 32 for place in range(4)]
    fresh = FreshBytes(lambda _: drawn.pop())
    encrypt_column(np.zeros(2 * N), key, fresh=fresh)
    # Whichever of seeds and errors' keys is drawn again, in another column of the same key.
    drawn += [os.urandom(32) for _ in range(4)]
    drawn[spoilt] = bytes([spoilt]) * 32
    with pytest.raises(ParameterError, match="a seed twice"):
        encrypt_column(np.zeros(2 * N), key, fresh=fresh)
    with pytest.raises(ParameterError, match="a seed twice"):
        encrypt_column(np.zeros(N), key, fresh=FreshBytes(bytes))


def test_remembered_seeds_are_not_drawn_again() -> None:
    fresh = FreshBytes(bytes)
    fresh.remember([bytes(32)])
    with pytest.raises(ParameterError, match="a seed twice"):
        fresh.draw()


def test_short_entropy_is_refused(key: CkksSecretKey) -> None:
    with pytest.raises(ParameterError, match="entropy gave 31 bytes"):
        encrypt_column(np.zeros(N), key, fresh=FreshBytes(lambda n: os.urandom(n - 1)))


def test_columns_may_be_encrypted_in_threads(key: CkksSecretKey) -> None:
    fresh, values = FreshBytes(os.urandom), np.full(4 * N, 0.25)
    with ThreadPoolExecutor(4) as threads:
        made = threads.map(lambda _: encrypt_column(values, key, fresh=fresh), range(8))
        for part in made:
            check_opens(values, part, key, first_ciphertext=0, chosen=[3])


@pytest.mark.parametrize("value", [1.0000001, -2.0, float("nan"), float("inf"), 1e300])
def test_value_outside_the_unit_interval_is_refused(value: float, key: CkksSecretKey) -> None:
    values = np.zeros(N)
    values[7] = value
    with pytest.raises(ParameterError, match="outside"):
        encrypt_column(values, key, fresh=FreshBytes(os.urandom))


def test_ciphertext_that_does_not_open_to_its_values_is_refused(
    key: CkksSecretKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = kernels.transforms()

    class FaultyMachine:
        binomial = staticmethod(honest.binomial)

        @staticmethod
        def encrypt(*arguments: Any) -> npt.NDArray[np.uint32]:
            c0 = honest.encrypt(*arguments)
            c0[2, 17] ^= 1
            return c0

    monkeypatch.setattr(kernels, "transforms", FaultyMachine)
    with pytest.raises(ParameterError, match="does not open to its values"):
        encrypt_column(np.zeros(N), key, fresh=FreshBytes(os.urandom))


@pytest.mark.parametrize(
    "values",
    [np.zeros(0), np.zeros(N - 1), np.zeros((2, N)),
     np.zeros(N, np.float32), np.zeros(N, np.complex128)],
    ids=str,
)  # fmt: skip
def test_column_that_does_not_fill_its_ciphertexts_is_refused(
    values: Values, key: CkksSecretKey
) -> None:
    with pytest.raises(ParameterError, match="expected float64"):
        encrypt_column(values, key, fresh=FreshBytes(os.urandom))


def test_appended_ciphertexts_expand_at_their_own_index(key: CkksSecretKey) -> None:
    values = np.full(N, 0.5)
    column = encrypt_column(values, key, fresh=FreshBytes(os.urandom), first_ciphertext=40)
    c1 = expand_c1_batch(column.seeds, 40, PRODUCTS)
    found = opened(key, column.c0[0], c1[0])
    assert np.abs(found - 2**54).max() <= SAMPLED_ERROR


def test_nothing_prints_key_material(key: CkksSecretKey) -> None:
    column = encrypt_column(np.zeros(2 * N), key, fresh=FreshBytes(os.urandom))
    assert repr(column) == "EncryptedLimbs(2 ciphertexts)"
