"""The transform and the encryption of one polynomial in NumPy: the bits crypto.ntt_numba repeats.

Limits on sizes are the caller's (crypto.ntt, crypto.encrypt).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Limbs = npt.NDArray[np.uint32]
Primes = npt.NDArray[np.uint64]
Words = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]

_FIELD = np.uint64((1 << 21) - 1)
_FIELD_BITS = np.uint64(21)


def forward(coefficients: Integers, roots: Limbs, _companions: Limbs, primes: Primes) -> Limbs:
    """The words uint32[k][N] of int64[N]."""
    degree = coefficients.size
    out = np.empty((primes.size, degree), np.uint32)
    for row, (prime, constants) in enumerate(zip(primes, roots, strict=True)):
        values = (coefficients % np.int64(prime)).astype(np.uint64)
        blocks = 1
        while blocks < degree:
            pairs = values.reshape(blocks, 2, -1)
            left = pairs[:, 0]
            right = pairs[:, 1] * constants[blocks : 2 * blocks, None] % prime
            both = ((left + right) % prime, (left + prime - right) % prime)
            values = np.stack(both, axis=1).reshape(-1)
            blocks *= 2
        out[row] = values
    return out


def binomial(words: Words) -> Integers:
    """Centred binomials of 42 bits, int64[N] in [-21, 21]: 21 low bits minus the next 21."""
    low, high = words & _FIELD, (words >> _FIELD_BITS) & _FIELD
    ones: Integers = np.bitwise_count(low).astype(np.int64) - np.bitwise_count(high)
    return ones


def encrypt(
    coefficients: Integers,
    c1: Limbs,
    key: Limbs,
    _key_companions: Limbs,
    roots: Limbs,
    companions: Limbs,
    primes: Primes,
) -> Limbs:
    """NTT(coefficients) - c1*key, uint32[k][N]."""
    masks = c1.astype(np.uint64) * key % primes[:, None]
    words = forward(coefficients, roots, companions, primes)
    return ((words + primes[:, None] - masks) % primes[:, None]).astype(np.uint32)


def decrypt(
    c0: Limbs, c1: Limbs, key: Limbs, _key_companions: Limbs, primes: Primes, out: Limbs
) -> None:
    """c0 + c1*key into `out`, all uint32[k][N]."""
    out[:] = (c1.astype(np.uint64) * key + c0) % primes[:, None]
