"""Columns through encryption, SEAL's Decryptor, and both shares of an opened coefficient."""

from __future__ import annotations

import os
from fractions import Fraction
from itertools import combinations_with_replacement

import numpy as np
import numpy.typing as npt
import pytest

from crypto import limbs, seal, shares
from crypto.chunk import Chunk, build_chunk, parse_chunk
from crypto.encrypt import EncryptedLimbs, encrypt_column
from crypto.error_bound import error_bound
from crypto.errors import ParameterError
from crypto.parameters import AGG
from crypto.secret_key import CkksSecretKey, key_holder_constants, product_shares
from crypto.seeds import expand_c1_batch

COUNT = 3
ROWS = COUNT * AGG.slots
PRIMES = AGG.primes
Slots = npt.NDArray[np.float64]
# Columns are multiples of 2^-20, so that their sums and products are exact integers.
GRID = 1 << 20


def grid_columns() -> dict[str, npt.NDArray[np.int64]]:
    generator = np.random.default_rng(11)
    spikes = np.zeros(ROWS, np.int64)
    spikes[[0, 4095, 4096, 9000]] = [GRID, -GRID, GRID, 1]
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
    spent: set[bytes] = set()
    return {
        name: encrypt_column(column / GRID, key, entropy=os.urandom, spent_seeds=spent)
        for name, column in GRID_COLUMNS.items()
    }


@pytest.fixture(scope="module")
def chunks(encrypted: dict[str, EncryptedLimbs]) -> dict[str, Chunk]:
    return {name: chunk_of(column) for name, column in encrypted.items()}


def chunk_of(column: EncryptedLimbs) -> Chunk:
    data = build_chunk(AGG, column.seeds, column.c0, first_ciphertext=0)
    return parse_chunk(data, AGG, expected_ciphertexts=COUNT)


def distance(opened: int, exact: Fraction, degree: int) -> Fraction:
    return abs(opened - exact * AGG.unit(degree))


def test_sums_open_within_the_bound_and_the_bound_is_not_idle(
    encrypted: dict[str, EncryptedLimbs],
) -> None:
    bound = error_bound(1, COUNT, AGG)
    largest = Fraction(0)
    for name, column in encrypted.items():
        b = limbs.constant_coefficient(limbs.sum_limbs(column.c0, PRIMES), PRIMES)
        d = shares.sum_residues(column.key_holder_constants, AGG)
        exact = Fraction(int(GRID_COLUMNS[name].sum()), GRID)
        largest = max(largest, distance(shares.combine(b, d, AGG), exact, 1))
    assert 0 < largest <= bound
    assert bound < largest * 2**20


def test_products_open_within_the_bound_and_the_bound_is_not_idle(
    key: CkksSecretKey, chunks: dict[str, Chunk]
) -> None:
    bound = error_bound(2, COUNT, AGG)
    largest = Fraction(0)
    for left, right in combinations_with_replacement(chunks, 2):
        d, b = product_shares(key, chunks[left], chunks[right])
        product = int((GRID_COLUMNS[left] * GRID_COLUMNS[right]).sum())
        opened = shares.combine(b, d, AGG)
        largest = max(largest, distance(opened, Fraction(product, GRID**2), 2))
    assert 0 < largest <= bound
    assert bound < largest * 2**20


def test_full_doubles_open_within_the_bound(key: CkksSecretKey) -> None:
    values = np.random.default_rng(5).uniform(-1, 1, AGG.slots)
    column = encrypt_column(values, key, entropy=os.urandom)
    (b,), (d,) = column.platform_constants, column.key_holder_constants
    exact = sum((Fraction(float(value)) for value in values), Fraction(0))
    assert distance(shares.combine(b, d, AGG), exact, 1) <= error_bound(1, 1, AGG)


@pytest.mark.parametrize("name", ["random", "spikes"])
def test_ciphertexts_open_with_the_decryptor_of_seal(
    name: str, key: CkksSecretKey, encrypted: dict[str, EncryptedLimbs]
) -> None:
    column = encrypted[name]
    c1 = expand_c1_batch(column.seeds, 0, AGG)
    values = (GRID_COLUMNS[name] / GRID).reshape(COUNT, AGG.slots)
    for index in range(COUNT):
        slots = key.decrypt((column.c0[index], c1[index]), degree=1)
        assert np.abs(slots - values[index]).max() < 1e-9
    total = (limbs.sum_limbs(column.c0, PRIMES), limbs.sum_limbs(c1, PRIMES))
    assert np.abs(key.decrypt(total, degree=1) - values.sum(axis=0)).max() < 1e-9


def test_products_open_with_the_decryptor_of_seal(
    key: CkksSecretKey, encrypted: dict[str, EncryptedLimbs]
) -> None:
    a, b = encrypted["random"], encrypted["signs"]
    a1, b1 = (expand_c1_batch(column.seeds, 0, AGG) for column in (a, b))
    opened = key.decrypt(limbs.tensor_limbs(a.c0, a1, b.c0, b1, PRIMES), degree=2)
    products = GRID_COLUMNS["random"] * GRID_COLUMNS["signs"] / GRID**2
    assert np.abs(opened - products.reshape(COUNT, -1).sum(axis=0)).max() < 1e-8


def test_tables_of_constants_add_up_to_what_the_kernels_give(
    key: CkksSecretKey, encrypted: dict[str, EncryptedLimbs]
) -> None:
    for column in encrypted.values():
        total = limbs.sum_limbs(column.c0, PRIMES)
        b = limbs.constant_coefficient(total, PRIMES)
        assert shares.sum_residues(column.platform_constants, AGG) == b
        c1 = expand_c1_batch(column.seeds, 0, AGG)
        assert key_holder_constants(key, c1) == column.key_holder_constants
        (a,) = key_holder_constants(key, limbs.sum_limbs(c1, PRIMES)[None])
        assert shares.sum_residues(column.key_holder_constants, AGG) == a


def test_recomputed_platform_half_is_the_platform_kernels(
    key: CkksSecretKey, chunks: dict[str, Chunk]
) -> None:
    a, b = chunks["random"], chunks["signs"]
    product = limbs.product_limbs(a.c0, b.c0, PRIMES)
    assert product_shares(key, a, b)[1] == limbs.constant_coefficient(product, PRIMES)


def test_one_column_twice_has_other_seeds_and_another_c1(key: CkksSecretKey) -> None:
    values = np.zeros(2 * AGG.slots)
    first, second = (encrypt_column(values, key, entropy=os.urandom) for _ in range(2))
    seeds = [c.seeds[at : at + 32] for c in (first, second) for at in (0, 32)]
    assert len(set(seeds)) == 4
    c1 = [expand_c1_batch(column.seeds, 0, AGG) for column in (first, second)]
    assert (c1[0] != c1[1]).mean() > 0.99
    assert (first.c0 != second.c0).mean() > 0.99


def test_a_seed_drawn_twice_is_refused(key: CkksSecretKey) -> None:
    spent: set[bytes] = set()
    with pytest.raises(ParameterError, match="a seed twice"):
        encrypt_column(np.zeros(2 * AGG.slots), key, entropy=bytes)
    one = np.zeros(AGG.slots)
    encrypt_column(one, key, entropy=bytes, spent_seeds=spent)
    with pytest.raises(ParameterError, match="a seed twice"):
        encrypt_column(one, key, entropy=bytes, spent_seeds=spent)


def test_short_entropy_is_refused(key: CkksSecretKey) -> None:
    with pytest.raises(ParameterError, match="entropy gave 31 bytes"):
        encrypt_column(np.zeros(AGG.slots), key, entropy=lambda n: os.urandom(n - 1))


@pytest.mark.parametrize("value", [1.0000001, -2.0, float("nan"), float("inf"), 1e300])
def test_value_outside_the_unit_interval_is_refused(value: float, key: CkksSecretKey) -> None:
    values = np.zeros(AGG.slots)
    values[7] = value
    with pytest.raises(ParameterError, match="outside"):
        encrypt_column(values, key, entropy=os.urandom)


def test_ciphertext_that_does_not_open_to_its_values_is_refused(
    key: CkksSecretKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = seal.Encryptor.phase

    def faulty(encryptor: seal.Encryptor, values: Slots) -> npt.NDArray[np.uint32]:
        phase = honest(encryptor, values)
        phase[2, 17] ^= 1
        return phase

    monkeypatch.setattr(seal.Encryptor, "phase", faulty)
    with pytest.raises(ParameterError, match="does not open to its values"):
        encrypt_column(np.zeros(AGG.slots), key, entropy=os.urandom)


@pytest.mark.parametrize(
    "values",
    [np.zeros(0), np.zeros(AGG.slots - 1), np.zeros((2, AGG.slots)),
     np.zeros(AGG.slots, np.float32), np.zeros(AGG.slots, np.complex128)],
    ids=str,
)  # fmt: skip
def test_column_that_does_not_fill_its_ciphertexts_is_refused(
    values: Slots, key: CkksSecretKey
) -> None:
    with pytest.raises(ParameterError, match="expected float64"):
        encrypt_column(values, key, entropy=os.urandom)


def test_appended_ciphertexts_expand_at_their_own_index(key: CkksSecretKey) -> None:
    values = np.full(AGG.slots, 0.5)
    column = encrypt_column(values, key, entropy=os.urandom, first_ciphertext=40)
    c1 = expand_c1_batch(column.seeds, 40, AGG)
    assert np.abs(key.decrypt((column.c0[0], c1[0]), degree=1) - 0.5).max() < 1e-9


def test_progress_counts_ciphertexts_and_nothing_prints_key_material(key: CkksSecretKey) -> None:
    seen: list[tuple[int, int]] = []
    values = np.zeros(2 * AGG.slots)
    column = encrypt_column(
        values, key, entropy=os.urandom, progress=lambda done, n: seen.append((done, n))
    )
    assert seen == [(1, 2), (2, 2)]
    assert repr(column) == "EncryptedLimbs(2 ciphertexts)"
