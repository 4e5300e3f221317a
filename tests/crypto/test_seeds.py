from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import count, islice

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from crypto import kernels, seeds
from crypto.errors import ParameterError
from crypto.keystream import keystream
from crypto.parameters import PRODUCTS, SUMS, Parameters

SEED = bytes(range(32))


def by_the_text(seed: bytes, ciphertext: int, chosen: Parameters) -> list[list[int]]:
    """The module docstring, word by word, on single AES blocks."""
    block = Cipher(algorithms.AES256(seed), modes.ECB()).encryptor()  # noqa: S305 - counters of CTR

    def stream() -> Iterator[int]:
        for counter in count():
            words = struct.unpack("<4I", block.update(struct.pack(">QQ", ciphertext, counter)))
            yield from (word & (2**30 - 1) for word in words)

    words = stream()
    first = [list(islice(words, chosen.ring_degree)) for _ in chosen.primes]
    for row, prime in zip(first, chosen.primes, strict=True):
        for at, word in enumerate(row):
            if word >= prime:
                row[at] = next(later for later in words if later < prime)
    return first


@pytest.mark.parametrize("chosen", [SUMS, PRODUCTS], ids=lambda chosen: chosen.name)
def test_expansion_is_what_its_description_says(chosen: Parameters) -> None:
    for index in (0, 2**40 + 17, 2**64 - 1):
        assert seeds.expand_c1(SEED, index, chosen).tolist() == by_the_text(SEED, index, chosen)


def test_words_that_are_refused_occur_in_what_is_tested() -> None:
    stream = np.frombuffer(keystream(SEED, struct.pack(">QQ", 0, 0), 4 * 40_960), "<u4")
    masked = (stream & np.uint32(2**30 - 1)).reshape(5, -1)
    assert (masked >= np.array(PRODUCTS.primes, np.uint32)[:, None]).sum() > 3


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


@pytest.mark.parametrize(
    ("seed", "index"), [(b"", 0), (SEED[:-1], 0), (SEED + b"x", 0), (SEED, -1), (SEED, 2**64)]
)
def test_other_seeds_and_indices_are_refused(seed: bytes, index: int) -> None:
    with pytest.raises(ParameterError):
        seeds.expand_c1(seed, index, PRODUCTS)


def test_one_expansion_takes_one_seed() -> None:
    with pytest.raises(ParameterError, match="64 bytes"):
        seeds.expand_c1(SEED * 2, 0, PRODUCTS)


@pytest.mark.parametrize("name", ["numba", "numpy"])
def test_refused_words_are_replaced_in_order_of_position(name: str) -> None:
    words = np.array([5, 9, 2**31 + 4, 7, 3, 8, 9, 6, 12, 2, 4, 1], np.uint32)
    primes, machine = np.array([7, 9], np.uint64), kernels.load(name)
    # 9 and 7 are not below 7, nor 9 below 9: the words after the first eight stand in for them.
    out = words.copy()
    assert machine.accept_words(out, np.uint32(15), primes, 4)
    assert out[:8].tolist() == [5, 2, 4, 4, 3, 8, 1, 6]
    for short in (8, 9, 10, 11):
        assert not machine.accept_words(words[:short].copy(), np.uint32(15), primes, 4)
