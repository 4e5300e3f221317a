"""The uniform component c1 of a ciphertext, from 32 bytes.

Rules: AES-256-CTR (NIST SP 800-38A) under the seed; the first counter block is the ciphertext's
index in its column (8 bytes, big endian), the prime (4 bytes) and a zero block count (4 bytes), so
no two streams under one seed meet. The keystream is read as little-endian 32-bit words, masked to
30 bits; words below the prime are taken in order until N are found, so the result is uniform.

SEAL's own 64-byte seeds expand inside SEAL only; these expand wherever AES is.

    expand_c1(seed, 17, PRODUCTS)   # uint32[5][8192]
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from crypto import kernels
from crypto.errors import ParameterError
from crypto.keystream import keystream
from crypto.parameters import LIMB_BITS, SEED_BYTES, Parameters

_MASK = np.uint32((1 << LIMB_BITS) - 1)
_SPARE_WORDS = 64
# Counter blocks are numbered in 32 bits.
_MAX_WORDS = 4 << 32

Limbs = npt.NDArray[np.uint32]


def expand_c1(seed: bytes, ciphertext: int, parameters: Parameters) -> Limbs:
    """c1 of one ciphertext in NTT form, uint32[k][N].

    `ciphertext` is the absolute index in its column.

    Raises:
        ParameterError: a seed that has not 32 bytes, or an index outside 64 bits.
    """
    if len(seed) != SEED_BYTES:
        raise ParameterError(f"seed has {len(seed)} bytes, expected {SEED_BYTES}")
    polynomials = expand_c1_batch(seed, ciphertext, parameters)
    return polynomials.reshape(polynomials.shape[1:])


def expand_c1_batch(seeds: bytes, first_ciphertext: int, parameters: Parameters) -> Limbs:
    """c1 of consecutive ciphertexts, uint32[n][k][N], from n seeds one after the other.

    Raises:
        ParameterError: not a whole number of seeds, none, or an index outside 64 bits.
    """
    count, rest = divmod(len(seeds), SEED_BYTES)
    if rest or not count:
        raise ParameterError(f"seeds have {len(seeds)} bytes, expected a multiple of {SEED_BYTES}")
    if not 0 <= first_ciphertext <= 2**64 - count:
        raise ParameterError(f"ciphertext index is {first_ciphertext}, expected one of 64 bits")
    out = np.empty((count, len(parameters.primes), parameters.ring_degree), np.uint32)
    for index in range(count):
        seed = seeds[index * SEED_BYTES : (index + 1) * SEED_BYTES]
        for row, prime in zip(out[index], parameters.primes, strict=True):
            start = struct.pack(">QII", first_ciphertext + index, prime, 0)
            _fill(row, seed, start, prime)
    return out


def _fill(row: Limbs, seed: bytes, start: bytes, prime: int) -> None:
    """Draw uniform words below the prime until the row is full."""
    words, found = row.size, 0
    while found < row.size:
        # A longer stream begins with the shorter one: the words already taken stay.
        # A word is accepted with probability q/2^30: at most four of 8,192 are refused on
        # average, so one round of spare words nearly always suffices.
        words += _SPARE_WORDS
        if words > _MAX_WORDS:
            raise ParameterError(f"prime {prime} accepts {found} of {words} words")
        stream = np.frombuffer(keystream(seed, start, 4 * words), "<u4")
        found = kernels.chosen().accept_words(stream, _MASK, np.uint32(prime), row)
