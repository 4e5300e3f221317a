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

from crypto import kernels
from crypto.errors import ParameterError
from crypto.keystream import ROOM_BYTES, fill_keystream, keystream
from crypto.parameters import LIMB_BITS, SEED_BYTES, Parameters

_MASK = np.uint32((1 << LIMB_BITS) - 1)
# A word of the smallest prime is refused once in 2,114: of 40,960 words some twelve are.
_SPARE_WORDS = 64

Limbs = npt.NDArray[np.uint32]


class Expander:
    """Expands one ciphertext at a time, in buffers of its own. For one thread."""

    def __init__(self, parameters: Parameters) -> None:
        self._shape = (len(parameters.primes), parameters.ring_degree)
        self._primes = kernels.words_of_primes(parameters.primes)
        self._size = len(parameters.primes) * parameters.ring_degree
        self._stream = bytearray(4 * (self._size + _SPARE_WORDS) + ROOM_BYTES)

    def expand(self, seed: bytes, ciphertext: int) -> Limbs:
        """c1 in NTT form, uint32[k][N]: a view that holds until the next call.

        `ciphertext` is the absolute index in its column.

        Raises:
            ParameterError: a seed that has not 32 bytes, or an index outside 64 bits.
        """
        if len(seed) != SEED_BYTES:
            raise ParameterError(f"seed has {len(seed)} bytes, expected {SEED_BYTES}")
        if not 0 <= ciphertext < 2**64:
            raise ParameterError(f"ciphertext index is {ciphertext}, expected one of 64 bits")
        first_block, count = struct.pack(">QQ", ciphertext, 0), self._size + _SPARE_WORDS
        fill_keystream(seed, first_block, 4 * count, self._stream)
        # In place: what the caches hold is used once more, and nothing is moved.
        words = np.frombuffer(self._stream, "<u4", count)
        while not self._accepted(words):
            # A longer stream begins with the shorter one.
            count *= 2
            words = np.frombuffer(keystream(seed, first_block, 4 * count), "<u4")
        return words[: self._size].reshape(self._shape)

    def _accepted(self, words: Limbs) -> bool:
        return kernels.chosen().accept_words(words, _MASK, self._primes, self._shape[1])


def expand_c1(seed: bytes, ciphertext: int, parameters: Parameters) -> Limbs:
    """c1 of one ciphertext (`Expander.expand`), in an array of the caller's.

    Raises:
        ParameterError: a seed that has not 32 bytes, or an index outside 64 bits.
    """
    return Expander(parameters).expand(seed, ciphertext)


def expand_c1_batch(seeds: bytes, first_ciphertext: int, parameters: Parameters) -> Limbs:
    """c1 of consecutive ciphertexts, uint32[n][k][N], from n seeds one after the other.

    Raises:
        ParameterError: not a whole number of seeds, none, or an index outside 64 bits.
    """
    count, rest = divmod(len(seeds), SEED_BYTES)
    if rest or not count:
        raise ParameterError(f"seeds have {len(seeds)} bytes, expected a multiple of {SEED_BYTES}")
    out = np.empty((count, len(parameters.primes), parameters.ring_degree), np.uint32)
    expander = Expander(parameters)
    for index in range(count):
        seed = seeds[index * SEED_BYTES : (index + 1) * SEED_BYTES]
        out[index] = expander.expand(seed, first_ciphertext + index)
    return out
