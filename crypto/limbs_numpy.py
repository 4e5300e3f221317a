"""The kernels in NumPy: the reference whose bits crypto.limbs_numba repeats.

Rules: uint32 in, uint64 accumulators, products split into 32-bit halves before they are added;
the answer says whether every limb was below its prime. Limits on the number of terms are the
caller's (crypto.limbs).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)

Limbs = npt.NDArray[np.uint32]
Primes = npt.NDArray[np.uint64]
Words = npt.NDArray[np.uint64]


def sum_limbs(c: Limbs, primes: Primes) -> tuple[Limbs, bool]:
    """Sum over the first axis of [n][k][N]."""
    # 2^30 limbs below 2^30 stay below 2^60: one remainder at the end.
    total = np.zeros(c.shape[1:], np.uint64)
    for ciphertext in c:
        total += ciphertext
    return (total % primes[:, None]).astype(np.uint32), all_reduced(c, primes)


def product_limbs(a: Limbs, b: Limbs, primes: Primes) -> tuple[Limbs, bool]:
    """Sum over the first axis of a*b, both [n][k][N]."""
    halves = _Halves(a.shape[1:])
    for x, y in zip(a, b, strict=True):
        halves.add(x.astype(np.uint64) * y)
    reduced = all_reduced(a, primes) and all_reduced(b, primes)
    return halves.remainder(primes[:, None]), reduced


def tensor_limbs(
    a0: Limbs, a1: Limbs, b0: Limbs, b1: Limbs, primes: Primes
) -> tuple[Limbs, Limbs, Limbs, bool]:
    """Sums over the first axis of a0*b0, a0*b1 + a1*b0 and a1*b1, all [n][k][N]."""
    parts = [_Halves(a0.shape[1:]) for _ in range(3)]
    for index in range(a0.shape[0]):
        # One factor widened makes NumPy multiply in 64 bits; two products stay below 2^61.
        x0, x1 = a0[index].astype(np.uint64), a1[index].astype(np.uint64)
        parts[0].add(x0 * b0[index])
        parts[1].add(x0 * b1[index] + x1 * b0[index])
        parts[2].add(x1 * b1[index])
    first, second, third = (part.remainder(primes[:, None]) for part in parts)
    return first, second, third, all(all_reduced(c, primes) for c in (a0, a1, b0, b1))


def dot_limbs(c: Limbs, weights: Limbs, primes: Primes) -> tuple[Limbs, bool]:
    """Sum over the coefficients of c*weights, [n][k] from [n][k][N] and [k][N]."""
    out = np.empty(c.shape[:2], np.uint32)
    for index, ciphertext in enumerate(c):
        # Below 2^60 each; a sum of N of them would not fit, so their halves are summed apart.
        product = ciphertext.astype(np.uint64) * weights
        low, high = (product & _LOW).sum(axis=1), (product >> _HALF).sum(axis=1)
        out[index] = _join(low, high, primes)
    return out, all_reduced(c, primes) and all_reduced(weights[None], primes)


def all_reduced(c: Limbs, primes: Primes) -> bool:
    """Whether every limb of [n][k][N] is below its prime."""
    return all(bool((ciphertext < primes[:, None]).all()) for ciphertext in c)


class _Halves:
    """A sum of at most 2^30 terms below 2^61, their 32-bit halves added apart: each sum stays
    below 2^62, where one sum of the terms themselves would overflow after eight."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._low = np.zeros(shape, np.uint64)
        self._high = np.zeros(shape, np.uint64)

    def add(self, product: Words) -> None:
        self._low += product & _LOW
        self._high += product >> _HALF

    def remainder(self, primes: Primes) -> Limbs:
        return _join(self._low, self._high, primes)


def _join(low: Words, high: Words, primes: Primes) -> Limbs:
    # high * 2^32 + low mod q, the first factor reduced so that the product stays below 2^60.
    weight = np.uint64(1 << 32) % primes
    return (((high % primes) * weight + low) % primes).astype(np.uint32)
