"""The low bits of a release tell neighbouring datasets apart if noise lies on a coarse grid.

CKKS carries a value on a lattice far finer than any answer needs. Noise that is a multiple of some
coarser step leaves the bits below the step as they were, and those are a fingerprint of the rows
(Mironov, "On significance of the least significant bits for differential privacy", CCS 2012). The
attacker here knows both candidate datasets, encrypts neither, and reads 400 noised answers.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from scipy import stats

from crypto.encrypt import encrypt_column
from crypto.error_bound import error_bound
from crypto.fresh import FreshBytes
from crypto.ladder import Ladder
from crypto.noise import derive_noise
from crypto.parameters import PRODUCTS
from crypto.secret import Secret
from crypto.secret_key import CkksSecretKey
from crypto.shares import add_residues, combine, reduce_integer

ALPHA = 1e-6
LOW_BITS = 10
RELEASES = 400
BOUND = error_bound(1, 1, PRODUCTS)


@pytest.fixture(scope="module")
def opened() -> tuple[int, int]:
    """What two neighbouring columns open to without noise, through SEAL and both shares."""
    key = CkksSecretKey.generate(PRODUCTS)
    rows = np.random.default_rng().uniform(-1, 1, PRODUCTS.values_per_ciphertext)
    neighbour = rows.copy()
    neighbour[7] = 0.0
    values = []
    for column in (rows, neighbour):
        encrypted = encrypt_column(column, key, fresh=FreshBytes(os.urandom))
        platform, key_holder = encrypted.platform_constants[0], encrypted.key_holder_constants[0]
        values.append(combine(platform, key_holder, PRODUCTS))
    return values[0], values[1]


def release(value: int, noise_key: Secret, law: str, question: int) -> int:
    """What a buyer reads: the platform's share plus the key holder's, which carries the noise."""
    noise = derive_noise(
        noise_key,
        manifest_hash="0" * 64,
        output=f"{question}",
        ladder=Ladder(law, 10 * PRODUCTS.unit(1), BOUND),  # type: ignore[arg-type]
        rung=0,
    )
    share = add_residues(reduce_integer(value, PRODUCTS), reduce_integer(noise, PRODUCTS), PRODUCTS)
    return combine(share, reduce_integer(0, PRODUCTS), PRODUCTS)


def low(value: int) -> int:
    return value % 2**LOW_BITS


@pytest.mark.parametrize("law", ["gaussian", "laplace"])
def test_low_bits_of_releases_are_uniform_whatever_the_rows(
    opened: tuple[int, int], law: str
) -> None:
    noise_key = Secret(os.urandom(32))
    for value in opened:
        seen = [low(release(value, noise_key, law, q)) // 64 for q in range(RELEASES)]
        counts = np.bincount(seen, minlength=2**LOW_BITS // 64)
        assert stats.chisquare(counts).pvalue > ALPHA


@pytest.mark.parametrize("law", ["gaussian", "laplace"])
def test_attacker_who_compares_low_bits_does_not_find_the_dataset(
    opened: tuple[int, int], law: str
) -> None:
    noise_key = Secret(os.urandom(32))
    for value, other in (opened, opened[::-1]):
        low_bits = [low(release(value, noise_key, law, q)) for q in range(RELEASES)]
        # Each matches by chance once in 1,024: more than 15 of 400 do so once in 10^16 runs.
        assert low_bits.count(low(value)) <= 15
        assert low_bits.count(low(other)) <= 15
