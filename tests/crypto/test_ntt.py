"""The transform against the definition: polynomials evaluated at SEAL's points."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import kernels, limbs, ntt
from crypto.errors import ParameterError
from crypto.parameters import PRODUCTS, SUMS, Parameters

N = PRODUCTS.ring_degree
LARGEST = (1 << ntt.LARGEST_LOG2) - 1
Integers = npt.NDArray[np.int64]
SETS = pytest.mark.parametrize("chosen", [SUMS, PRODUCTS], ids=lambda chosen: chosen.name)


def drawn(seed: int) -> Integers:
    return np.random.default_rng(seed).integers(-LARGEST, LARGEST, N, endpoint=True)


POLYNOMIALS = {
    "random": drawn(1),
    "largest": np.full(N, LARGEST),
    "smallest": np.full(N, -LARGEST),
    "alternating": np.where(np.arange(N) % 2 == 0, LARGEST, -LARGEST),
    "zero": np.zeros(N, np.int64),
    "one": np.eye(1, N, dtype=np.int64)[0],
    "X": np.eye(1, N, 1, dtype=np.int64)[0],
    "around the primes": np.resize([q + d for q in PRODUCTS.primes for d in (-1, 0, 1)], N),
}


@SETS
def test_points_are_the_primitive_roots_in_the_order_of_seal(chosen: Parameters) -> None:
    for points, prime in zip(ntt.tables(chosen).points.tolist(), chosen.primes, strict=True):
        assert len(set(points)) == N
        assert all(pow(point, N, prime) == prime - 1 for point in points[::97])
        smallest = min(points)
        reversed_bits = [int(f"{j:013b}"[::-1], 2) for j in (0, 1, 2, 5, 4096, N - 1)]
        for j, exponent in zip((0, 1, 2, 5, 4096, N - 1), reversed_bits, strict=True):
            assert points[j] == pow(smallest, 2 * exponent + 1, prime)


@SETS
@pytest.mark.parametrize("name", ["random", "largest", "X"])
def test_a_word_is_the_polynomial_at_its_point(name: str, chosen: Parameters) -> None:
    coefficients, words = POLYNOMIALS[name], ntt.words_of(POLYNOMIALS[name], chosen)
    for row, points, prime in zip(words, ntt.tables(chosen).points, chosen.primes, strict=True):
        for j in (0, 1, 4095, N - 1):
            value = 0
            for coefficient in coefficients[::-1].tolist():
                value = (value * int(points[j]) + coefficient) % prime
            assert row[j] == value


@SETS
@pytest.mark.parametrize("name", POLYNOMIALS)
def test_machine_code_has_the_bits_of_numpy_and_comes_back(name: str, chosen: Parameters) -> None:
    coefficients, made = POLYNOMIALS[name], ntt.tables(chosen)
    primes = kernels.words_of_primes(chosen.primes)
    words = [
        kernels.load_transforms(machine).forward(coefficients, made.roots, made.companions, primes)
        for machine in ("numba", "numpy")
    ]
    assert (words[0] == words[1]).all()
    limbs.require_reduced(words[0][None], chosen.primes)
    residues = [coefficients % prime for prime in chosen.primes]
    assert (ntt.residues_of(words[0], chosen) == np.stack(residues)).all()


@given(st.integers(0, 2**32), st.integers(0, N - 1))
def test_mirroring_takes_x_to_its_inverse(seed: int, exponent: int) -> None:
    # X^i at X^-1 is -X^(N-i), and 1 stays: seen in the words of a whole polynomial too.
    coefficients = np.random.default_rng(seed).integers(-9, 9, N)
    inverted = np.concatenate((coefficients[:1], -coefficients[:0:-1]))
    mirrored = ntt.mirrored(ntt.words_of(coefficients, SUMS))
    assert (mirrored == ntt.words_of(inverted, SUMS)).all()
    power = np.zeros(N, np.int64)
    power[exponent] = 1
    opposite = np.zeros(N, np.int64)
    opposite[-exponent % N] = 1 if exponent == 0 else -1
    assert (ntt.mirrored(ntt.words_of(power, SUMS)) == ntt.words_of(opposite, SUMS)).all()


@SETS
@pytest.mark.parametrize("name", POLYNOMIALS)
def test_encryption_and_its_way_back_have_one_meaning(name: str, chosen: Parameters) -> None:
    primes, made = kernels.words_of_primes(chosen.primes), ntt.tables(chosen)
    moduli = np.array(chosen.primes, np.int64)[:, None]
    largest = (moduli - 1).astype(np.uint32) * np.ones((1, N), np.uint32)
    random = np.random.default_rng(6).integers(0, moduli, (2, len(chosen.primes), N))
    for c1, key in (random.astype(np.uint32), (largest, largest), (largest * 0, largest)):
        shoup = ntt.companions(key, chosen)
        seen = []
        for machine in map(kernels.load_transforms, ("numba", "numpy")):
            c0 = machine.encrypt(
                POLYNOMIALS[name], c1, key, shoup, made.roots, made.companions, primes
            )
            phase = np.empty_like(c0)
            machine.decrypt(c0, c1, key, shoup, primes, phase)
            assert (phase == ntt.words_of(POLYNOMIALS[name], chosen)).all()
            seen.append(c0)
        assert (seen[0] == seen[1]).all()


def test_errors_are_centred_binomials_of_42_bits() -> None:
    words = np.frombuffer(os.urandom(8 << 17), np.uint64)
    found, again = (kernels.load_transforms(name).binomial(words) for name in ("numba", "numpy"))
    assert (found == again).all()
    # Variance 10.5; of 2^17 draws the sample's is within 1 % but once in 10^5 runs.
    assert abs(found.astype(np.float64).var() - 10.5) < 0.3
    assert abs(found.mean()) < 0.06
    extremes = np.array([(1 << 21) - 1, ((1 << 21) - 1) << 21, (1 << 64) - 1, 1 << 42], np.uint64)
    for name in ("numba", "numpy"):
        assert kernels.load_transforms(name).binomial(extremes).tolist() == [21, -21, 0, 0]


@pytest.mark.parametrize(
    "coefficients",
    [np.zeros(N - 1, np.int64), np.zeros((2, N), np.int64), np.zeros(N, np.int32),
     np.full(N, LARGEST + 1), np.full(N, -LARGEST - 1), np.full(N, np.iinfo(np.int64).min)],
    ids=["short", "two", "int32", "above", "below", "least"],
)  # fmt: skip
def test_coefficients_that_the_kernels_do_not_take_are_refused(coefficients: Integers) -> None:
    with pytest.raises(ParameterError, match="coefficient"):
        ntt.words_of(coefficients, PRODUCTS)
