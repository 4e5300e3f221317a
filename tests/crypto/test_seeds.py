from __future__ import annotations

import struct

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from crypto import kernels, seeds
from crypto.errors import ParameterError
from crypto.parameters import PRODUCTS

SEED = bytes(range(32))


def by_the_text(seed: bytes, ciphertext: int, prime: int) -> list[int]:
    """The module docstring, word by word, on single AES blocks."""
    block = Cipher(algorithms.AES256(seed), modes.ECB()).encryptor()  # noqa: S305 - counters of CTR
    found: list[int] = []
    counter = 0
    while len(found) < PRODUCTS.ring_degree:
        stream = block.update(struct.pack(">QII", ciphertext, prime, counter))
        words = [word & (2**30 - 1) for word in struct.unpack("<4I", stream)]
        found += [word for word in words if word < prime]
        counter += 1
    return found[: PRODUCTS.ring_degree]


def test_expansion_is_what_its_description_says() -> None:
    c1 = seeds.expand_c1(SEED, 2**40 + 17, PRODUCTS)
    for row, prime in zip(c1, PRODUCTS.primes, strict=True):
        assert row.tolist() == by_the_text(SEED, 2**40 + 17, prime)


def test_batch_is_its_ciphertexts_one_by_one() -> None:
    table = b"".join(bytes([i]) * 32 for i in range(3))
    batch = seeds.expand_c1_batch(table, 9, PRODUCTS)
    for index in range(3):
        one = seeds.expand_c1(bytes([index]) * 32, 9 + index, PRODUCTS)
        assert (batch[index] == one).all()


def test_one_seed_gives_every_ciphertext_and_prime_another_stream() -> None:
    first, second = (seeds.expand_c1(SEED, index, PRODUCTS) for index in (0, 1))
    rows = [tuple(row[:8]) for row in (*first, *second)]
    assert len(set(rows)) == 10


def test_words_are_uniform_below_their_primes() -> None:
    batch = seeds.expand_c1_batch(SEED * 8, 0, PRODUCTS)
    for at, prime in enumerate(PRODUCTS.primes):
        words = batch[:, at].astype(np.float64) / prime
        assert words.max() < 1.0
        # Standard error of the mean of 65536 uniform words is 0.0011.
        assert abs(words.mean() - 0.5) < 0.007


def test_a_stream_that_falls_short_is_drawn_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = seeds.expand_c1(SEED, 3, PRODUCTS)
    monkeypatch.setattr(seeds, "_SPARE_WORDS", 1)
    assert (seeds.expand_c1(SEED, 3, PRODUCTS) == expected).all()


@pytest.mark.parametrize("name", ["numba", "numpy"])
def test_rejected_words_leave_no_gap(name: str) -> None:
    words = np.array([5, 9, 2**31 + 4, 7, 3, 6, 1], np.uint32)
    out = np.zeros(4, np.uint32)
    found = kernels.load(name).accept_words(words, np.uint32(15), np.uint32(7), out)
    assert (found, out.tolist()) == (4, [5, 4, 3, 6])
    short = np.zeros(9, np.uint32)
    found = kernels.load(name).accept_words(words, np.uint32(15), np.uint32(7), short)
    assert (found, short.tolist()) == (5, [5, 4, 3, 6, 1, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("seed", "index"), [(b"", 0), (SEED[:-1], 0), (SEED + b"x", 0), (SEED, -1), (SEED, 2**64)]
)
def test_other_seeds_and_indices_are_refused(seed: bytes, index: int) -> None:
    with pytest.raises(ParameterError):
        seeds.expand_c1(seed, index, PRODUCTS)


def test_one_expansion_takes_one_seed() -> None:
    with pytest.raises(ParameterError, match="64 bytes"):
        seeds.expand_c1(SEED * 2, 0, PRODUCTS)
