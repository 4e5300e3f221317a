"""The kernels in machine code: same bits as crypto.limbs_numpy, compiled once and cached on disk.

Rules: read-only, C-contiguous uint32 in; no remainder inside a loop over ciphertexts; every limb
that is read is compared with its prime in the same pass, and the answer says whether all were
reduced. Limits on the number of terms are the caller's (crypto.limbs).

Lazy reduction, for limbs below 2^30, n ciphertexts and N words, both at most 2^30:

    four limbs            at most 4 (2^30 - 1)     < 2^32   add as uint32
    n limbs               < 2^60                            accumulate as uint64
    four products         4 (2^30 - 1)^2           < 2^62   add as uint64
    their low halves      N/4 additions of < 2^32  < 2^60   (one by one: N of them, < 2^62)
    their high halves     N/4 additions of < 2^30  < 2^58
    the last reduction    (high mod q) (2^32 mod q) + low   < 2^60 + 2^62 < 2^64

Words that are not below 2^30 may wrap around; they are then not below their prime either, so that
the answer says so and the caller throws the sums away. Blocks of words keep a sum's accumulators in
the caches next to the core while the ciphertexts stream past; their size is by measurement.
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
_ACCEPT_BLOCK = 256

Limbs = npt.NDArray[np.uint32]
Primes = npt.NDArray[np.uint64]
Row = npt.NDArray[np.uint32]


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
def _inner_row(x: Row, y: Row, q: np.uint64) -> tuple[np.uint64, np.uint32]:
    # Σ x[j]*y[N-1-j] mod q, and the largest limb read. Two scalars hold the sums: they stay in
    # registers, as the words of a ciphertext are added up and the ciphertexts are not.
    degree, low, high, top = x.size, U64(0), U64(0), U32(0)
    quarter = degree // 4
    x0, x1, x2 = x[:quarter], x[quarter : 2 * quarter], x[2 * quarter : 3 * quarter]
    x3, y3 = x[3 * quarter : 4 * quarter], y[degree - 4 * quarter : degree - 3 * quarter]
    y2, y1 = y[degree - 3 * quarter : degree - 2 * quarter], y[degree - 2 * quarter :]
    y0 = y[degree - quarter :]
    # Four products below 2^60 each are split once instead of four times.
    for j in range(quarter):
        # Unsigned: an index that may be negative is compared with 0 in every step.
        i = U64(quarter - 1 - j)
        t = U64(x0[j]) * U64(y0[i]) + U64(x1[j]) * U64(y1[i])
        t += U64(x2[j]) * U64(y2[i]) + U64(x3[j]) * U64(y3[i])
        low += t & _LOW
        high += t >> _HALF
        top = max(top, max(max(x0[j], y0[i]), max(x1[j], y1[i])))
        top = max(top, max(max(x2[j], y2[i]), max(x3[j], y3[i])))
    # The words that are left over, fewer than four: none of a ring of real size.
    for j in range(4 * quarter, degree):
        i = U64(degree - 1 - j)
        t = U64(x[j]) * U64(y[i])
        low += t & _LOW
        high += t >> _HALF
        top = max(top, max(x[j], y[i]))
    return _join(low, high, q), top


@compiled
def inner_limbs(a: Limbs, b: Limbs, primes: Primes) -> tuple[Limbs, bool]:
    """Sum over [N] of a[j]*b[N-1-j], [n][k] from [n][k][N] and as many or one of the second."""
    n, k, _ = a.shape
    out = np.empty((n, k), np.uint32)
    reduced = True
    for m in range(n):
        other = min(m, b.shape[0] - 1)
        for p in range(k):
            q = U64(primes[p])
            out[m, p], top = _inner_row(a[m, p], b[other, p], q)
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
def accept_words(words: Limbs, mask: np.uint32, primes: Primes, degree: int) -> bool:
    """Make the first k*N words c1, as crypto.seeds says; False if the others do not suffice."""
    later = primes.size * degree
    for p in range(primes.size):
        q = U32(primes[p])
        for start in range(p * degree, (p + 1) * degree, _ACCEPT_BLOCK):
            row = words[start : min(start + _ACCEPT_BLOCK, (p + 1) * degree)]
            top = U32(0)
            for j in range(row.size):
                row[j] &= mask
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
