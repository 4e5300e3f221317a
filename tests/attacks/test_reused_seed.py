"""Attack: publish a column again from a generator that repeats itself, and subtract.

Two ciphertexts under one seed and index share c1*s, so the difference of their c0 is that
of the plaintexts, readable without a key: a restored snapshot or a seeded generator would publish
what changed between two versions.
"""

from __future__ import annotations

import hashlib
import os
from fractions import Fraction

import numpy as np

from crypto import shares
from crypto.encrypt import EncryptedLimbs, encrypt_column
from crypto.errors import ParameterError
from crypto.fresh import Entropy, FreshBytes
from crypto.parameters import PRODUCTS
from crypto.secret_key import CkksSecretKey
from crypto.seeds import expand_c1

CHANGED_BY = 0.75


def snapshot() -> Entropy:
    """A generator restored from one state: it gives the same bytes each time it is started."""
    drawn = 0

    def entropy(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_256(b"snapshot" + drawn.to_bytes(4, "big")).digest(size)

    return entropy


def what_changed(old: EncryptedLimbs, new: EncryptedLimbs) -> Fraction:
    """What an outsider reads off the c0 of two versions."""
    (before,), (after,) = old.platform_constants, new.platform_constants
    negative = tuple(-x % q for x, q in zip(before, PRODUCTS.primes, strict=True))
    return Fraction(shares.combine(after, negative, PRODUCTS), PRODUCTS.unit(1))


def versions() -> tuple[np.ndarray, np.ndarray]:
    before = np.random.default_rng(4).uniform(-0.2, 0.2, PRODUCTS.values_per_ciphertext)
    after = before.copy()
    after[99] += CHANGED_BY
    return before, after


def test_a_repeating_generator_does_not_publish_the_difference() -> None:
    key, generators = CkksSecretKey.generate(PRODUCTS), [snapshot(), snapshot()]
    fresh = FreshBytes(lambda size: generators[0](size))
    before, after = versions()
    old = encrypt_column(before, key, fresh=fresh)
    generators.reverse()
    try:
        new = encrypt_column(after, key, fresh=fresh)
    except ParameterError:
        return
    read = what_changed(old, new)
    assert abs(read - Fraction(CHANGED_BY)) > 1, f"read off without a key: {float(read)}"


def test_a_republished_column_repeats_neither_c1_nor_error() -> None:
    key = CkksSecretKey.generate(PRODUCTS)
    column, _ = versions()
    first, second = (encrypt_column(column, key, fresh=FreshBytes(os.urandom)) for _ in range(2))
    c1 = [expand_c1(version.seeds, 0, PRODUCTS) for version in (first, second)]
    assert (c1[0] != c1[1]).mean() > 0.99
    assert abs(what_changed(first, second)) > PRODUCTS.values_per_ciphertext
    masks = [(polynomial.astype(np.uint64) * key.words).astype(object) for polynomial in c1]
    moduli = np.array(PRODUCTS.primes, object)[:, None]
    phases = [
        (version.c0[0].astype(object) + mask) % moduli
        for version, mask in zip((first, second), masks, strict=True)
    ]
    assert (phases[0] != phases[1]).mean() > 0.99
