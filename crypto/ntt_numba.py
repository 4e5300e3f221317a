"""The transform and the encryption of one polynomial in machine code: the bits of crypto.ntt_numpy.

Rules: primes between 2^29 and 2^30, so that 4q fits 32 bits; coefficients below 2^56 in size; no
division and no branch on a value. A product with a constant w that has its companion
w' = floor(w 2^32 / q) is y w - floor(y w' / 2^32) q, in [0, 2q) for every 32-bit y (Harvey 2014,
section 2).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crypto.compiled import compiled

U32 = np.uint32
U64 = np.uint64
I64 = np.int64
_HALF = U64(32)
_LIFT = I64(1 << 56)
_LOW_BITS = U64(28)
_LOW = U64((1 << 28) - 1)

Limbs = npt.NDArray[np.uint32]
Primes = npt.NDArray[np.uint64]
Words = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]


@compiled
def _reduce_into(coefficients: Integers, q: np.uint64, out: Limbs) -> None:
    # Positive first: a multiple of q at or above 2^56 is added, the sum stays below 2^57 + 2^30.
    # Its upper part is below 2^30, times 2^28 mod q by the companion below 2q; the lower 28 bits
    # make it less than 2q + 2^28 < 4q.
    lift = I64(((_LIFT // I64(q)) + I64(1)) * I64(q))
    weight = U64((U64(1) << _LOW_BITS) % q)
    companion = U64((weight << _HALF) // q)
    for j in range(coefficients.size):
        positive = U64(coefficients[j] + lift)
        high = positive >> _LOW_BITS
        rest = high * weight - ((high * companion) >> _HALF) * q
        out[j] = U32(rest + (positive & _LOW))


@compiled
def _transform(values: Limbs, roots: Limbs, companions: Limbs, prime: np.uint64) -> None:
    # In place, in [0, 4q) between the stages.
    degree = values.size
    q, twice = U32(prime), U32(prime + prime)
    blocks, width = 1, degree // 2
    while blocks < degree:
        for block in range(blocks):
            w, companion = U64(roots[blocks + block]), U64(companions[blocks + block])
            start = 2 * block * width
            left, right = values[start : start + width], values[start + width : start + 2 * width]
            for j in range(width):
                x, y = left[j], right[j]
                x = min(x, U32(x - twice))
                t = U32(U32(U64(y) * w) - U32(U32((U64(y) * companion) >> _HALF) * q))
                left[j] = U32(x + t)
                right[j] = U32(U32(x - t) + twice)
        blocks, width = blocks * 2, width // 2


@compiled
def forward(coefficients: Integers, roots: Limbs, companions: Limbs, primes: Primes) -> Limbs:
    """The words uint32[k][N] of int64[N]."""
    out = np.empty((primes.size, coefficients.size), np.uint32)
    for p in range(primes.size):
        row, q = out[p], U32(primes[p])
        twice = U32(q + q)
        _reduce_into(coefficients, primes[p], row)
        _transform(row, roots[p], companions[p], primes[p])
        for j in range(row.size):
            # A difference below zero wraps around and is the larger of the two.
            x = min(row[j], U32(row[j] - twice))
            row[j] = min(x, U32(x - q))
    return out


@compiled
def binomial(words: Words) -> Integers:
    """Centred binomials of 42 bits, int64[N] in [-21, 21]: 21 low bits minus the next 21."""
    out = np.empty(words.size, np.int64)
    for j in range(words.size):
        # Both fields at once, in the halves of a word; sums of two, four and eight bits.
        both = (words[j] & U64(0x1FFFFF)) | ((words[j] << U64(11)) & U64(0x1FFFFF00000000))
        both -= (both >> U64(1)) & U64(0x5555555555555555)
        both = (both & U64(0x3333333333333333)) + ((both >> U64(2)) & U64(0x3333333333333333))
        both = (both + (both >> U64(4))) & U64(0x0F0F0F0F0F0F0F0F)
        both += both >> U64(8)
        both += both >> U64(16)
        out[j] = I64(both & U64(0xFF)) - I64((both >> _HALF) & U64(0xFF))
    return out


@compiled
def encrypt(
    coefficients: Integers,
    c1: Limbs,
    key: Limbs,
    key_companions: Limbs,
    roots: Limbs,
    companions: Limbs,
    primes: Primes,
) -> Limbs:
    """NTT(coefficients) - c1*key, uint32[k][N]."""
    out = np.empty((primes.size, coefficients.size), np.uint32)
    for p in range(primes.size):
        row, q = out[p], U32(primes[p])
        twice = U32(q + q)
        _reduce_into(coefficients, primes[p], row)
        _transform(row, roots[p], companions[p], primes[p])
        mask, s, s_companion = c1[p], key[p], key_companions[p]
        for j in range(row.size):
            y = U64(mask[j])
            t = U32(U32(y * U64(s[j])) - U32(U32((y * U64(s_companion[j])) >> _HALF) * q))
            x = min(row[j], U32(row[j] - twice))
            x = U32(U32(x - t) + twice)
            x = min(x, U32(x - twice))
            row[j] = min(x, U32(x - q))
    return out


@compiled
def decrypt(
    c0: Limbs, c1: Limbs, key: Limbs, key_companions: Limbs, primes: Primes, out: Limbs
) -> None:
    """c0 + c1*key into `out`, all uint32[k][N]."""
    for p in range(primes.size):
        q = U32(primes[p])
        twice = U32(q + q)
        plain, mask, s, companion, row = c0[p], c1[p], key[p], key_companions[p], out[p]
        for j in range(row.size):
            y = U64(mask[j])
            t = U32(U32(y * U64(s[j])) - U32(U32((y * U64(companion[j])) >> _HALF) * q))
            # In [0, 3q): twice and once the prime are taken off where that leaves no less than 0.
            x = U32(plain[j] + t)
            x = min(x, U32(x - twice))
            row[j] = min(x, U32(x - q))
