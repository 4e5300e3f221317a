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


def inner_limbs(a: Limbs, b: Limbs, primes: Primes) -> tuple[Limbs, bool]:
    """Sum over [N] of a[j]*b[N-1-j], [n][k] from [n][k][N] and as many or one of the second."""
    out = np.empty(a.shape[:2], np.uint32)
    for index, (x, y) in enumerate(zip(a, np.broadcast_to(b, a.shape), strict=True)):
        # Below 2^60 each; a sum of N of them would not fit, so their halves are summed apart.
        product = x.astype(np.uint64) * y[:, ::-1]
        low, high = (product & _LOW).sum(axis=1), (product >> _HALF).sum(axis=1)
        out[index] = _join(low, high, primes)
    return out, all_reduced(a, primes) and all_reduced(b, primes)


def all_reduced(c: Limbs, primes: Primes) -> bool:
    """Whether every limb of [n][k][N] is below its prime."""
    return all(bool((ciphertext < primes[:, None]).all()) for ciphertext in c)


def accept_words(words: Limbs, mask: np.uint32, primes: Primes, degree: int) -> bool:
    """Make the first k*N words c1, as crypto.seeds says; False if the others do not suffice."""
    count = primes.size * degree
    words &= mask
    later, c1 = iter(words[count:].tolist()), words[:count].reshape(primes.size, degree)
    for row, column in np.argwhere(c1 >= primes[:, None]).tolist():
        word = next((word for word in later if word < primes[row]), None)
        if word is None:
            return False
        c1[row, column] = word
    return True


def _join(low: Words, high: Words, primes: Primes) -> Limbs:
    # high * 2^32 + low mod q, the first factor reduced so that the product stays below 2^60.
    weight = np.uint64(1 << 32) % primes
    return (((high % primes) * weight + low) % primes).astype(np.uint32)
