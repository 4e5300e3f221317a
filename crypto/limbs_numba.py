"""The kernels in machine code: same bits as crypto.limbs_numpy, compiled once and cached on disk.

Rules: read-only, C-contiguous uint32 in; no remainder inside a loop over ciphertexts; every limb
that is read is compared with its prime in the same pass, and the answer says whether all were
reduced. Limits on the number of terms are the caller's (crypto.limbs).

Lazy reduction, for limbs below 2^30 and n ciphertexts, n at most 2^30:

    four limbs            at most 4 (2^30 - 1)     < 2^32   add as uint32
    n limbs               < 2^60                            accumulate as uint64
    four products         4 (2^30 - 1)^2           < 2^62   add as uint64
    their low halves      n/4 additions of < 2^32  < 2^60   (one by one: n of them, < 2^62)
    their high halves     n/4 additions of < 2^30  < 2^58
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
_INNER_BLOCK = 2048
_ACCEPT_BLOCK = 256

Limbs = npt.NDArray[np.uint32]
Primes = npt.NDArray[np.uint64]
Words = npt.NDArray[np.uint64]


@compiled
def _join(low: np.uint64, high: np.uint64, q: np.uint64) -> np.uint64:
    # high * 2^32 + low mod q, the first factor reduced so that the product fits 64 bits.
    return ((high % q) * ((U64(1) << _HALF) % q) + low) % q


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
def _inner_block(
    a: Limbs, b: Limbs, p: int, start: int, stop: int, q: np.uint64
) -> tuple[np.uint64, np.uint32]:
    # The sum over the ciphertexts and the words from `start` to `stop`, and the largest limb read.
    n, width, top, m = a.shape[0], stop - start, U32(0), 0
    first, last = a.shape[2] - stop, a.shape[2] - start
    low, high = np.zeros(width, np.uint64), np.zeros(width, np.uint64)
    # Four products below 2^60 each are split once instead of four times.
    while m + 4 <= n:
        a0, b0 = a[m, p, start:stop], b[m, p, first:last]
        a1, b1 = a[m + 1, p, start:stop], b[m + 1, p, first:last]
        a2, b2 = a[m + 2, p, start:stop], b[m + 2, p, first:last]
        a3, b3 = a[m + 3, p, start:stop], b[m + 3, p, first:last]
        for j in range(width):
            # Unsigned: an index that may be negative is compared with 0 in every step.
            i = U64(width - 1 - j)
            t = U64(a0[j]) * U64(b0[i]) + U64(a1[j]) * U64(b1[i])
            t += U64(a2[j]) * U64(b2[i]) + U64(a3[j]) * U64(b3[i])
            low[j] += t & _LOW
            high[j] += t >> _HALF
            top = max(top, max(max(a0[j], b0[i]), max(a1[j], b1[i])))
            top = max(top, max(max(a2[j], b2[i]), max(a3[j], b3[i])))
        m += 4
    while m < n:
        x, y = a[m, p, start:stop], b[m, p, first:last]
        for j in range(width):
            i = U64(width - 1 - j)
            t = U64(x[j]) * U64(y[i])
            low[j] += t & _LOW
            high[j] += t >> _HALF
            top = max(top, max(x[j], y[i]))
        m += 1
    return _total(low, high, q), top


@compiled
def _total(low: Words, high: Words, q: np.uint64) -> np.uint64:
    # Σ (high * 2^32 + low) mod q over the words of a block: digits of 32 bits, summed apart.
    first, second, third = U64(0), U64(0), U64(0)
    for j in range(low.size):
        first += low[j] & _LOW
        second += (low[j] >> _HALF) + (high[j] & _LOW)
        third += high[j] >> _HALF
    return _join(first, _join(second, third, q), q)


@compiled
def inner_limbs(a: Limbs, b: Limbs, primes: Primes) -> tuple[Limbs, bool]:
    """Sum over [n] and [N] of a[j]*b[N-1-j], both [n][k][N]."""
    _, k, degree = a.shape
    out = np.empty(k, np.uint32)
    reduced = True
    for p in range(k):
        q, total = U64(primes[p]), U64(0)
        for start in range(0, degree, _INNER_BLOCK):
            stop = min(start + _INNER_BLOCK, degree)
            part, top = _inner_block(a, b, p, start, stop, q)
            total += part
            if U64(top) >= q:
                reduced = False
        out[p] = total % q
    return out, reduced


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
            out[m, p] = _join(low, high, q)
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


@compiled
def accept_words(words: Limbs, mask: np.uint32, primes: Primes, out: Limbs) -> bool:
    """Fill `out` [k][N] as crypto.seeds says; False if the words do not suffice."""
    k, degree = out.shape
    later = k * degree
    for p in range(k):
        q = U32(primes[p])
        for start in range(0, degree, _ACCEPT_BLOCK):
            stop = min(start + _ACCEPT_BLOCK, degree)
            source, row = words[p * degree + start : p * degree + stop], out[p, start:stop]
            top = U32(0)
            for j in range(row.size):
                row[j] = source[j] & mask
                top = max(top, row[j])
            if top < q:
                continue
            # Few blocks come here, and few of their words are refused.
            for j in range(row.size):
                while row[j] >= q:
                    if later == words.size:
                        return False
                    row[j] = words[later] & mask
                    later += 1
    return True
