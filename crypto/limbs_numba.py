"""The kernels in machine code: same bits as crypto.limbs_numpy, compiled once and cached on disk.

Rules: read-only, C-contiguous uint32 in; no remainder inside a loop over ciphertexts; every limb
that is read is compared with its prime in the same pass, and the answer says whether all were
reduced. Limits on the number of terms are the caller's (crypto.limbs).

Lazy reduction, for limbs below 2^30 and n ciphertexts, n at most 2^30:

    four limbs            at most 4 (2^30 - 1)     < 2^32   add as uint32
    n limbs               < 2^60                            accumulate as uint64
    four products         4 (2^30 - 1)^2           < 2^62   add as uint64
    their low halves      n/4 additions of < 2^32  < 2^60   (one by one: n of them, < 2^62)
    their high halves     n/4 additions of < 2^30  < 2^58   (tensor, by two: n of them, < 2^59)
    the last reduction    (high mod q) (2^32 mod q) + low   < 2^60 + 2^62 < 2^64

Words that are not below 2^30 may wrap around; they are then not below their prime either, so that
the answer says so and the caller throws the sums away. Blocks of coefficients keep the accumulators
in the caches next to the core while the ciphertexts stream past; their sizes are by measurement.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crypto.compiled import compiled

U32 = np.uint32
U64 = np.uint64
_HALF = U64(32)
_LOW = U64(0xFFFFFFFF)
_SUM_BLOCK = 2048
_PRODUCT_BLOCK = 2048
_TENSOR_BLOCK = 512

Limbs = npt.NDArray[np.uint32]
Primes = npt.NDArray[np.uint64]
Words = npt.NDArray[np.uint64]


@compiled
def _join(low: Words, high: Words, q: np.uint64, out: Limbs) -> None:
    # out = high * 2^32 + low mod q, the first factor reduced so that the product fits 64 bits.
    weight = (U64(1) << _HALF) % q
    for j in range(out.size):
        out[j] = ((high[j] % q) * weight + low[j]) % q


@compiled
def sum_limbs(c: Limbs, primes: Primes) -> tuple[Limbs, bool]:
    """Sum over the first axis of [n][k][N]."""
    n, k, degree = c.shape
    out = np.empty((k, degree), np.uint32)
    total = np.empty(_SUM_BLOCK, np.uint64)
    reduced = True
    for p in range(k):
        q = U64(primes[p])
        # The largest limb read: a running maximum takes no branch, as comparisons would.
        top = U32(0)
        for start in range(0, degree, _SUM_BLOCK):
            stop = min(start + _SUM_BLOCK, degree)
            width = stop - start
            total[:] = U64(0)
            m = 0
            # Eight rows at a time: two sums of four fit 32 bits, and one addition in 64 takes both.
            while m + 8 <= n:
                r0, r1 = c[m, p, start:stop], c[m + 1, p, start:stop]
                r2, r3 = c[m + 2, p, start:stop], c[m + 3, p, start:stop]
                r4, r5 = c[m + 4, p, start:stop], c[m + 5, p, start:stop]
                r6, r7 = c[m + 6, p, start:stop], c[m + 7, p, start:stop]
                for j in range(width):
                    # Numba widens uint32 + uint32 to 64 bits; U32 keeps the vector lanes narrow.
                    left = U32(U32(r0[j] + r1[j]) + U32(r2[j] + r3[j]))
                    right = U32(U32(r4[j] + r5[j]) + U32(r6[j] + r7[j]))
                    total[j] += U64(left) + U64(right)
                    top = max(top, max(max(r0[j], r1[j]), max(r2[j], r3[j])))
                    top = max(top, max(max(r4[j], r5[j]), max(r6[j], r7[j])))
                m += 8
            # The rows that are left over, fewer than eight.
            while m < n:
                row = c[m, p, start:stop]
                for j in range(width):
                    total[j] += U64(row[j])
                    top = max(top, row[j])
                m += 1
            for j in range(width):
                out[p, start + j] = total[j] % q
        if U64(top) >= q:
            reduced = False
    return out, reduced


@compiled
def product_limbs(a: Limbs, b: Limbs, primes: Primes) -> tuple[Limbs, bool]:
    """Sum over the first axis of a*b, both [n][k][N]."""
    n, k, degree = a.shape
    out = np.empty((k, degree), np.uint32)
    low = np.empty(_PRODUCT_BLOCK, np.uint64)
    high = np.empty(_PRODUCT_BLOCK, np.uint64)
    reduced = True
    for p in range(k):
        q = U64(primes[p])
        top = U32(0)
        for start in range(0, degree, _PRODUCT_BLOCK):
            stop = min(start + _PRODUCT_BLOCK, degree)
            width = stop - start
            low[:], high[:] = U64(0), U64(0)
            m = 0
            # Four products below 2^60 each are split once instead of four times.
            while m + 4 <= n:
                a0, b0 = a[m, p, start:stop], b[m, p, start:stop]
                a1, b1 = a[m + 1, p, start:stop], b[m + 1, p, start:stop]
                a2, b2 = a[m + 2, p, start:stop], b[m + 2, p, start:stop]
                a3, b3 = a[m + 3, p, start:stop], b[m + 3, p, start:stop]
                for j in range(width):
                    t = U64(a0[j]) * U64(b0[j]) + U64(a1[j]) * U64(b1[j])
                    t += U64(a2[j]) * U64(b2[j]) + U64(a3[j]) * U64(b3[j])
                    low[j] += t & _LOW
                    high[j] += t >> _HALF
                    top = max(top, max(max(a0[j], b0[j]), max(a1[j], b1[j])))
                    top = max(top, max(max(a2[j], b2[j]), max(a3[j], b3[j])))
                m += 4
            while m < n:
                x, y = a[m, p, start:stop], b[m, p, start:stop]
                for j in range(width):
                    t = U64(x[j]) * U64(y[j])
                    low[j] += t & _LOW
                    high[j] += t >> _HALF
                    top = max(top, max(x[j], y[j]))
                m += 1
            _join(low, high, q, out[p, start:stop])
        if U64(top) >= q:
            reduced = False
    return out, reduced


@compiled
def tensor_limbs(
    a0: Limbs, a1: Limbs, b0: Limbs, b1: Limbs, primes: Primes
) -> tuple[Limbs, Limbs, Limbs, bool]:
    """Sums over the first axis of a0*b0, a0*b1 + a1*b0 and a1*b1, all [n][k][N]."""
    n, k, degree = a0.shape
    out = np.empty((3, k, degree), np.uint32)
    low = np.empty((3, _TENSOR_BLOCK), np.uint64)
    high = np.empty((3, _TENSOR_BLOCK), np.uint64)
    low0, low1, low2 = low[0], low[1], low[2]
    high0, high1, high2 = high[0], high[1], high[2]
    reduced = True
    for p in range(k):
        q = U64(primes[p])
        top = U32(0)
        for start in range(0, degree, _TENSOR_BLOCK):
            stop = min(start + _TENSOR_BLOCK, degree)
            width = stop - start
            low[:] = U64(0)
            high[:] = U64(0)
            # One pass for all three: each limb is read once for the two sums it belongs to.
            for m in range(n):
                x0, x1 = a0[m, p, start:stop], a1[m, p, start:stop]
                y0, y1 = b0[m, p, start:stop], b1[m, p, start:stop]
                for j in range(width):
                    u0, u1, v0, v1 = U64(x0[j]), U64(x1[j]), U64(y0[j]), U64(y1[j])
                    t = u0 * v0
                    low0[j] += t & _LOW
                    high0[j] += t >> _HALF
                    # Two products, below 2^61.
                    t = u0 * v1 + u1 * v0
                    low1[j] += t & _LOW
                    high1[j] += t >> _HALF
                    t = u1 * v1
                    low2[j] += t & _LOW
                    high2[j] += t >> _HALF
                    top = max(top, max(max(x0[j], x1[j]), max(y0[j], y1[j])))
            for part in range(3):
                _join(low[part], high[part], q, out[part, p, start:stop])
        if U64(top) >= q:
            reduced = False
    return out[0], out[1], out[2], reduced


@compiled
def dot_limbs(c: Limbs, weights: Limbs, primes: Primes) -> tuple[Limbs, bool]:
    """Sum over the coefficients of c*weights, [n][k] from [n][k][N] and [k][N]."""
    n, k, degree = c.shape
    out = np.empty((n, k), np.uint32)
    reduced = True
    for m in range(n):
        for p in range(k):
            q = U64(primes[p])
            x, w = c[m, p], weights[p]
            # Three scalars in registers: here the sum runs along the words, not the ciphertexts.
            low, high, top = U64(0), U64(0), U32(0)
            for j in range(degree):
                t = U64(x[j]) * U64(w[j])
                low += t & _LOW
                high += t >> _HALF
                top = max(top, max(x[j], w[j]))
            out[m, p] = ((high % q) * ((U64(1) << _HALF) % q) + low) % q
            if U64(top) >= q:
                reduced = False
    return out, reduced


@compiled
def all_reduced(c: Limbs, primes: Primes) -> bool:
    """Whether every limb of [n][k][N] is below its prime."""
    n, k, degree = c.shape
    for m in range(n):
        for p in range(k):
            row, top = c[m, p], U32(0)
            for j in range(degree):
                top = max(top, row[j])
            if U64(top) >= U64(primes[p]):
                return False
    return True
