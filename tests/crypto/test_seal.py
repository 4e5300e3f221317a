"""SEAL's own view of what we write, and of its errors."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from crypto import seal
from crypto.error_bound import ENCODE_ALLOWANCE, SAMPLED_ERROR
from crypto.errors import FormatError
from crypto.parameters import AGG
from crypto.secret_key import CkksSecretKey

N, SLOTS, Q = AGG.ring_degree, AGG.slots, AGG.primes[0]
PI = np.longdouble("3.14159265358979323846264338327950288")
Words = npt.NDArray[np.int64]
Slots = npt.NDArray[np.float64]


@cache
def root() -> int:
    """SEAL's psi: the smallest primitive 2N-th root of unity modulo the first prime."""
    found = next(r for g in range(2, 99) if pow(r := pow(g, (Q - 1) // (2 * N), Q), N, Q) == Q - 1)
    square = found * found % Q
    roots = [found]
    for _ in range(N - 1):
        roots.append(roots[-1] * square % Q)
    return min(roots)


def powers(base: int, count: int) -> Words:
    values = [1]
    for _ in range(count - 1):
        values.append(values[-1] * base % Q)
    return np.array(values, np.int64)


def coefficients(words: npt.NDArray[np.uint32]) -> Words:
    """Inverse NTT modulo the first prime, centred: word i is the value at psi^(2*brv(i) + 1)."""
    values, size = words.astype(np.int64), 1
    inverse = powers(pow(root(), -2, Q), N)
    # Decimation in time: SEAL's words already stand in bit-reversed order.
    while size < N:
        even, odd = values.reshape(-1, 2, size).swapaxes(0, 1)
        odd = odd * inverse[:: N // (2 * size)][:size] % Q
        values = np.concatenate(((even + odd) % Q, (even - odd) % Q), axis=1).reshape(-1)
        size *= 2
    scaled = values * powers(pow(root(), -1, Q), N) % Q * pow(N, -1, Q) % Q
    return np.where(scaled > Q // 2, scaled - Q, scaled)


def exact_coefficients(values: Slots) -> npt.NDArray[np.longdouble]:
    """Inverse canonical embedding times the scale in 64-bit precision: slot k is the value at
    zeta^(3^k), so m_j = (2/N) * sum_k z_k * cos(pi * 3^k * j / N)."""
    cosines = np.cos(PI * np.arange(2 * N, dtype=np.longdouble) / N)
    total, j, exponent = np.zeros(N, np.longdouble), np.arange(N), 1
    for value in values:
        if value:
            total += np.longdouble(value) * cosines[exponent * j % (2 * N)]
        exponent = exponent * 3 % (2 * N)
    return total * np.longdouble(2.0**AGG.scale_log2) * 2 / N


def spike() -> Slots:
    values = np.zeros(SLOTS)
    values[1234] = -1.0
    return values


def wave(j: int) -> Slots:
    """The column whose encoding is one large coefficient, the j-th."""
    exponents = [pow(3, k, 2 * N) * j % (2 * N) for k in range(SLOTS)]
    return np.cos(np.pi * np.array(exponents) / N)


COLUMNS = {
    "zeros": np.zeros(SLOTS),
    "ones": np.ones(SLOTS),
    "alternating": np.where(np.arange(SLOTS) % 2 == 0, 1.0, -1.0),
    "wave": wave(777),
    "signs": np.sign(wave(4097)),
    "random": np.random.default_rng(2).uniform(-1, 1, SLOTS),
    "spike": spike(),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_every_coefficient_of_the_fresh_error_is_within_the_allowance(
    name: str, key: CkksSecretKey
) -> None:
    exact = exact_coefficients(COLUMNS[name])
    # A long double holds 2^55 with nine bits after the point.
    rounded = np.array([int(x) for x in np.rint(exact)], np.int64)
    with key.encryptor() as encryptor:
        found = coefficients(encryptor.phase(COLUMNS[name])[0])
    error = (found - rounded) % Q
    error = np.where(error > Q // 2, error - Q, error)
    assert np.abs(error).max() <= SAMPLED_ERROR + ENCODE_ALLOWANCE - 1
    # Centred binomial of 42 bits: variance 10.5, plus what encoding adds.
    assert 10.5 * 0.9 < error.astype(np.float64).var() < 10.5 + ENCODE_ALLOWANCE
    assert np.abs(error).max() >= 8


def test_key_is_ternary_under_every_prime() -> None:
    words = seal.generate_key_words(AGG)
    assert words.shape == (6, N)
    assert set(np.unique(coefficients(words[0])).tolist()) == {-1, 0, 1}


def test_two_keys_and_two_encryptions_differ(key: CkksSecretKey) -> None:
    assert (seal.generate_key_words(AGG) != seal.generate_key_words(AGG)).any()
    with key.encryptor() as encryptor:
        first, second = (encryptor.phase(COLUMNS["ones"]) for _ in range(2))
    assert (first != second).mean() > 0.99


def test_context_is_made_once() -> None:
    assert seal.context(AGG) is seal.context(AGG)


def test_seal_decrypts_what_a_plain_phase_says(key: CkksSecretKey) -> None:
    values = COLUMNS["random"]
    with key.encryptor() as encryptor:
        phase = encryptor.phase(values)
    # c1 must not vanish: SEAL calls such a ciphertext transparent.
    c1 = np.ones_like(phase)
    moduli = np.array(AGG.primes, np.int64)[:, None]
    c0 = ((phase.astype(np.int64) - key.words) % moduli).astype(np.uint32)
    assert np.abs(key.decrypt((c0, c1), degree=1) - values).max() < 1e-9


def test_memory_file_holds_what_was_written_last() -> None:
    with seal.MemoryFile() as file:
        for text in (b"longer than the next", b"short"):
            with open(file.write(text), "rb") as read:
                assert read.read() == text


def test_truncated_seal_bytes_are_refused(key: CkksSecretKey) -> None:
    with seal.MemoryFile() as file:
        data = file.save(seal.sealapi.Plaintext())
    for bad in (data[:-1], b"\0" + data[1:], data[:5] + b"\1" + data[6:]):
        with pytest.raises(FormatError):
            seal._plaintext_words(bad, 5, AGG)
