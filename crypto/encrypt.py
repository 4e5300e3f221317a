"""Encrypt a column: the owner's side, where rows become ciphertext.

A ciphertext holds N values x in its coefficients (crypto.packing):

    c0 = NTT(rint(Delta*x) + e) - c1*s

Rules: values are finite and at most one in size, as the error bound assumes. Every ciphertext gets
32 fresh bytes of seed for c1 (crypto.seeds) and 32 others for its error, which are forgotten with
it; bytes that were drawn before are refused (crypto.fresh). The error is a centred binomial of 21
bits minus 21 bits, as SEAL's is: 42 bits for each coefficient of AES-256-CTR under those bytes, the
lower ones of a little-endian word of 64. Each ciphertext is checked before it leaves: its two
constants must combine to the sum of its values within the error's bound (crypto.referee asks SEAL
as well).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crypto import kernels, ntt, packing, shares
from crypto.error_bound import SAMPLED_ERROR
from crypto.errors import ParameterError
from crypto.fresh import FreshBytes
from crypto.keystream import ZERO_BLOCK, keystream
from crypto.parameters import Parameters
from crypto.secret_key import CkksSecretKey, key_holder_constants
from crypto.seeds import Expander
from crypto.shares import Residues

Values = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Limbs = npt.NDArray[np.uint32]

_WORD_BYTES = 8
# A sum of N coefficients does not fit 64 bits; sums of their halves do.
_HALF_BITS = 28


@dataclass(frozen=True, slots=True, eq=False)
class EncryptedLimbs:
    """n ciphertexts: seeds n*32 bytes, c0 uint32[n][k][N], and both decryption shares of the sum of
    each one's values. `key_holder_constants` are key material and never leave the key holder."""

    seeds: bytes
    c0: Limbs
    platform_constants: tuple[Residues, ...]
    key_holder_constants: tuple[Residues, ...]

    def __repr__(self) -> str:
        return f"EncryptedLimbs({len(self.platform_constants)} ciphertexts)"


def encrypt_column(
    values: Values, key: CkksSecretKey, *, fresh: FreshBytes, first_ciphertext: int = 0
) -> EncryptedLimbs:
    """Encrypt float64[n*N], the column's values including padding, into n ciphertexts.

    The interpreter's lock is let go in the kernels: columns may be encrypted in threads, from one
    `fresh`.

    Raises:
        ParameterError: not a whole number of ciphertexts, a value that is not finite or above one
            in size, bytes drawn twice, or a ciphertext that does not open to its values.
    """
    parameters = key.parameters
    plaintexts = encoded(values, parameters)
    count = len(plaintexts)
    # All bytes first: a broken generator is found before anything is encrypted.
    seeds = [fresh.draw() for _ in range(count)]
    error_keys = [fresh.draw() for _ in range(count)]
    c1 = np.empty((count, len(parameters.primes), parameters.ring_degree), np.uint32)
    c0 = np.empty_like(c1)
    expander = Expander(parameters)
    for index, (plaintext, error_key) in enumerate(zip(plaintexts, error_keys, strict=True)):
        c1[index] = expander.expand(seeds[index], first_ciphertext + index)
        c0[index] = _c0(plaintext + _error(error_key, parameters), c1[index], key)
    platform, key_holder = packing.sum_shares(c0, parameters), key_holder_constants(key, c1)
    for plaintext, b, a in zip(plaintexts, platform, key_holder, strict=True):
        _check_opens(plaintext, b, a, parameters)
    return EncryptedLimbs(b"".join(seeds), c0, platform, key_holder)


def encoded(values: Values, parameters: Parameters) -> Integers:
    """The coefficients of a column, int64[n][N]: its values times the scale, rounded to even.

    Raises:
        ParameterError: not float64[n*N], or a value that is not finite or above one in size.
    """
    degree = parameters.ring_degree
    count, rest = divmod(values.size, degree)
    if values.ndim != 1 or values.dtype != np.float64 or rest or not count:
        raise ParameterError(
            f"column is {values.dtype}{list(values.shape)}, "
            f"expected float64 of a multiple of {degree}"
        )
    if not bool((np.abs(values) <= 1.0).all()):
        raise ParameterError("column holds a value outside [-1, 1]: clip and encode it first")
    # A power of two moves the exponent alone: what is rounded is exactly Delta*x.
    scaled = np.rint(values * 2.0**parameters.scale_log2)
    return scaled.astype(np.int64).reshape(count, degree)


def exact_sum(plaintext: Integers) -> int:
    """The sum of one ciphertext's coefficients, int64[N], which may pass 64 bits."""
    high, low = plaintext >> _HALF_BITS, plaintext & ((1 << _HALF_BITS) - 1)
    return (int(high.sum()) << _HALF_BITS) + int(low.sum())


def _error(key: bytes, parameters: Parameters) -> Integers:
    stream = keystream(key, ZERO_BLOCK, _WORD_BYTES * parameters.ring_degree)
    return kernels.transforms().binomial(np.frombuffer(stream, "<u8"))


def _c0(coefficients: Integers, c1: Limbs, key: CkksSecretKey) -> Limbs:
    ntt.check_coefficients(coefficients, key.parameters)
    made = ntt.tables(key.parameters)
    return kernels.transforms().encrypt(
        coefficients,
        c1,
        key.words,
        key.companions,
        made.roots,
        made.companions,
        kernels.words_of_primes(key.parameters.primes),
    )


def _check_opens(plaintext: Integers, b: Residues, a: Residues, parameters: Parameters) -> None:
    # The two constants, opened as a buyer opens shares, without noise.
    distance = abs(shares.combine(b, a, parameters) - exact_sum(plaintext))
    if distance > SAMPLED_ERROR * parameters.ring_degree:
        raise ParameterError("a ciphertext does not open to its values: nothing was encrypted")
