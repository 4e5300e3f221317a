"""SEAL's own view of what we write."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from crypto import seal
from crypto.errors import FormatError
from crypto.parameters import PRODUCTS
from crypto.secret_key import CkksSecretKey

N, Q = PRODUCTS.ring_degree, PRODUCTS.primes[0]
Words = npt.NDArray[np.int64]


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


def test_key_is_ternary_under_every_prime() -> None:
    words = seal.generate_key_words(PRODUCTS)
    assert words.shape == (6, N)
    assert set(np.unique(coefficients(words[0])).tolist()) == {-1, 0, 1}


def test_two_keys_differ() -> None:
    assert (seal.generate_key_words(PRODUCTS) != seal.generate_key_words(PRODUCTS)).any()


def test_context_is_made_once() -> None:
    assert seal.context(PRODUCTS) is seal.context(PRODUCTS)


def test_seal_decrypts_the_phase(key: CkksSecretKey) -> None:
    generator, moduli = np.random.default_rng(1), np.array(PRODUCTS.primes, np.int64)[:, None]
    c0, c1 = (generator.integers(0, moduli, (5, N)).astype(np.uint32) for _ in range(2))
    expected = (c0 + c1.astype(np.int64) * key.words % moduli) % moduli
    with key.referee() as referee:
        for _ in range(2):
            assert (referee.phase(c0, c1) == expected).all()


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
            seal._plaintext_words(bad, 5, PRODUCTS)
