"""The uniform component c1 of a ciphertext, from 32 bytes.

Rules: one AES-256-CTR keystream under the seed; its first counter block is the ciphertext's index
in its column (8 bytes, big endian) and a zero block count (8 bytes), so no two streams under one
seed meet. The stream is read as little-endian 32-bit words, masked to 30 bits. The first k*N words
are c1, prime after prime. A word that is not below its prime is replaced, in order of position, by
the next word after those that is below it: each position takes its own word but a few, so nothing
counts through the words, and the result is exactly uniform.

SEAL's own 64-byte seeds expand inside SEAL only; these expand wherever AES is.

    expand_c1(seed, 17, PRODUCTS)   # uint32[5][8192]
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from crypto.errors import ParameterError
from crypto.keystream import keystream
from crypto.parameters import LIMB_BITS, SEED_BYTES, Parameters

_MASK = np.uint32((1 << LIMB_BITS) - 1)
# A word of the smallest prime is refused once in 2,114: of 40,960 words some twelve are.
_SPARE_WORDS = 64

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
    moduli = np.array(parameters.primes, np.uint32)
    for index, polynomials in enumerate(out):
        seed = seeds[index * SEED_BYTES : (index + 1) * SEED_BYTES]
        _fill(polynomials, seed, struct.pack(">QQ", first_ciphertext + index, 0), moduli)
    return out


def _fill(out: Limbs, seed: bytes, first_block: bytes, moduli: Limbs) -> None:
    words = _words(seed, first_block, out.size + _SPARE_WORDS)
    np.bitwise_and(words[: out.size].reshape(out.shape), _MASK, out=out)
    refused = np.flatnonzero(out >= moduli[:, None])
    place = out.size
    for at in refused.tolist():
        row, column = divmod(at, out.shape[1])
        while True:
            if place == words.size:
                # A longer stream begins with the shorter one: what was taken stays.
                words = _words(seed, first_block, 2 * words.size)
            word, place = words[place] & _MASK, place + 1
            if word < moduli[row]:
                break
        out[row, column] = word


def _words(seed: bytes, first_block: bytes, count: int) -> Limbs:
    return np.frombuffer(keystream(seed, first_block, 4 * count), "<u4")
