"""GF(2^61 - 1) in machine code: the same bits as crypto.mpc.field_numpy.

Rules: signatures are given, so that importing this module compiles the kernels or loads them from
numba's cache, which is read by unpickling: a worker forbids that before it hears of a peer.
Sizes and limits are the caller's (crypto.mpc.field).

A product of two elements in four of 32 bits (a = a1 2^31 + a0, a1 < 2^30; 2^61 counts for 1):

    a1 b1 2^62                2 a1 b1                          < 2^61
    (a1 b0 + a0 b1) 2^31      bits from 30 on count for 1      < 2^32
                              the low 30, shifted by 31        < 2^61
    a0 b0                                                      < 2^62       together below 2^64
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

Elements = NDArray[np.uint64]
Kernel = TypeVar("Kernel", bound=Callable[..., object])

U64 = np.uint64
_P = U64((1 << 61) - 1)
_TOP, _HALF, _CARRY, _ONE = U64(61), U64(31), U64(30), U64(1)
_LOW_HALF, _LOW_CARRY = U64((1 << 31) - 1), U64((1 << 30) - 1)

# Of readers a numba array that must not be written asks less than one that may: bytes from a peer.
_WORD = types.uint64
_IN = types.Array(_WORD, 1, "C", readonly=True)
_ROWS = types.Array(_WORD, 2, "C", readonly=True)
_OUT = types.Array(_WORD, 1, "C")


def _compiled(*signatures: object) -> Callable[[Kernel], Kernel]:
    return cast(
        Callable[[Kernel], Kernel], njit(list(signatures), cache=True, nogil=True, inline="never")
    )


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _product(x: np.uint64, y: np.uint64) -> np.uint64:
    # Below 2^61 + 8: reduced once more by whoever keeps it.
    x1, x0, y1, y0 = x >> _HALF, x & _LOW_HALF, y >> _HALF, y & _LOW_HALF
    middle = x1 * y0 + x0 * y1
    total = ((x1 * y1) << _ONE) + (middle >> _CARRY) + ((middle & _LOW_CARRY) << _HALF) + x0 * y0
    return (total & _P) + (total >> _TOP)


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _once(x: np.uint64) -> np.uint64:
    return x - _P if x >= _P else x


@_compiled(_OUT(_IN, _IN))
def add(a: Elements, b: Elements) -> Elements:
    """a + b, element by element."""
    out = np.empty(a.size, np.uint64)
    for i in range(a.size):
        out[i] = _once(a[i] + b[i])
    return out


@_compiled(_OUT(_IN, _IN))
def subtract(a: Elements, b: Elements) -> Elements:
    """a - b, element by element."""
    out = np.empty(a.size, np.uint64)
    for i in range(a.size):
        out[i] = _once(a[i] + (_P - b[i]))
    return out


@_compiled(_OUT(_IN, _IN))
def multiply(a: Elements, b: Elements) -> Elements:
    """a * b, element by element."""
    out = np.empty(a.size, np.uint64)
    for i in range(a.size):
        out[i] = _once(_product(a[i], b[i]))
    return out


@_compiled(_WORD(_IN, _IN))
def dot(a: Elements, b: Elements) -> np.uint64:
    """Σ a * b."""
    # Each term is below 2^61 + 8; what lies above bit 61 is folded in at every step.
    sum_ = U64(0)
    for i in range(a.size):
        sum_ += _product(a[i], b[i])
        sum_ = (sum_ & _P) + (sum_ >> _TOP)
    return np.uint64(_once(sum_))


@_compiled(_WORD(_IN))
def total(a: Elements) -> np.uint64:
    """Σ a."""
    sum_ = U64(0)
    for i in range(a.size):
        sum_ += a[i]
        sum_ = (sum_ & _P) + (sum_ >> _TOP)
    return np.uint64(_once(sum_))


@_compiled(_OUT(_ROWS, _IN))
def weighted(rows: Elements, weights: Elements) -> Elements:
    """Σ weights[k] * rows[k]: one element for each column of [k][n]."""
    out = np.zeros(rows.shape[1], np.uint64)
    for k in range(rows.shape[0]):
        weight = weights[k]
        for i in range(out.size):
            sum_ = out[i] + _product(rows[k, i], weight)
            out[i] = _once((sum_ & _P) + (sum_ >> _TOP))
    return out


@_compiled(types.boolean(_IN))
def all_reduced(a: Elements) -> bool:
    """Whether every word is below p."""
    largest = U64(0)
    for i in range(a.size):
        largest = max(largest, a[i])
    return bool(largest < _P)


@_compiled(types.int64(_IN, _OUT))
def accept(words: Elements, out: Elements) -> int:
    """Fill `out` with the low 61 bits of the words, in order, leaving out p itself; how many."""
    found, wanted = 0, out.size
    for i in range(words.size):
        word = words[i] & _P
        if found < wanted and word < _P:
            out[found] = word
            found += 1
    return found


# A kernel that returns an array unpickles the array's type at its first call: that too is now.
for _of_two in (add, subtract, multiply):
    _of_two(np.zeros(1, U64), np.zeros(1, U64))
weighted(np.zeros((1, 1), U64), np.zeros(1, U64))
