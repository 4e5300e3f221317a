"""GF(2^61 - 1) in NumPy: the reference whose bits crypto.mpc.field_numba repeats.

Rules: uint64 in and out, elements below p; sizes and types are the caller's (crypto.mpc.field). As
2^61 is 1 mod p, a number is reduced by adding what lies above bit 61 to what lies below.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Elements = NDArray[np.uint64]

_P = np.uint64((1 << 61) - 1)
_TOP = np.uint64(61)
_HALF = np.uint64(31)
_LOW_HALF = np.uint64((1 << 31) - 1)
_CARRY = np.uint64(30)
_LOW_CARRY = np.uint64((1 << 30) - 1)
_ONE = np.uint64(1)


def add(a: Elements, b: Elements) -> Elements:
    """a + b, element by element."""
    return _once(a + b)


def subtract(a: Elements, b: Elements) -> Elements:
    """a - b, element by element."""
    return _once(a + (_P - b))


def multiply(a: Elements, b: Elements) -> Elements:
    """a * b, element by element."""
    # a = a1 2^31 + a0 with a1 < 2^30, and b alike. Then 2^62 counts for 2 and the middle's upper
    # part, from bit 30, for 1: four terms below 2^61, 2^32, 2^61 and 2^62.
    a1, a0 = a >> _HALF, a & _LOW_HALF
    b1, b0 = b >> _HALF, b & _LOW_HALF
    middle = a1 * b0 + a0 * b1
    total = ((a1 * b1) << _ONE) + (middle >> _CARRY) + ((middle & _LOW_CARRY) << _HALF) + a0 * b0
    return _once((total & _P) + (total >> _TOP))


def dot(a: Elements, b: Elements) -> np.uint64:
    """Σ a * b."""
    return total(multiply(a, b))


def total(a: Elements) -> np.uint64:
    """Σ a."""
    # Halves of 31 and 30 bits are added apart: 2^33 of them stay below 2^64.
    low = int((a & _LOW_HALF).sum(dtype=np.uint64))
    high = int((a >> _HALF).sum(dtype=np.uint64))
    return np.uint64(((high << 31) + low) % int(_P))


def weighted(rows: Elements, weights: Elements) -> Elements:
    """Σ weights[k] * rows[k]: one element for each column of [k][n]."""
    result = np.zeros(rows.shape[1], np.uint64)
    for row, weight in zip(rows, weights, strict=True):
        result = add(result, multiply(row, np.full_like(row, weight)))
    return result


def all_reduced(a: Elements) -> bool:
    """Whether every word is below p."""
    return bool((a < _P).all())


def accept(words: Elements, out: Elements) -> int:
    """Fill `out` with the low 61 bits of the words, in order, leaving out p itself; how many."""
    masked = words & _P
    accepted = masked[masked < _P][: out.size]
    out[: accepted.size] = accepted
    return int(accepted.size)


def _once(a: Elements) -> Elements:
    # From [0, 2p) to [0, p).
    return np.where(a >= _P, a - _P, a)
