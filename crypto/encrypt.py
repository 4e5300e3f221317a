"""Encrypt a column: the owner's side, where rows become ciphertext.

Rules: values are finite and at most one in size, as the error bound assumes; every ciphertext gets
32 fresh bytes of seed, and a seed that was drawn before is refused (two ciphertexts under one seed
and index differ by their plaintexts, readable without a key); SEAL samples the error, never
through a seeded generator. Each ciphertext is checked before it leaves: its two constants must
combine to the sum of its values within the error bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from crypto import limbs, seal, shares
from crypto.error_bound import error_bound
from crypto.errors import ParameterError
from crypto.parameters import SEED_BYTES, Parameters
from crypto.secret_key import CkksSecretKey, key_holder_constants
from crypto.seeds import expand_c1
from crypto.shares import Residues

Entropy = Callable[[int], bytes]
Progress = Callable[[int, int], None]
Slots = npt.NDArray[np.float64]
Limbs = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class EncryptedLimbs:
    """n ciphertexts: seeds n*32 bytes, c0 uint32[n][k][N], and both decryption shares of every
    constant coefficient. `key_holder_constants` are key material and never leave the key holder."""

    seeds: bytes
    c0: Limbs
    platform_constants: tuple[Residues, ...]
    key_holder_constants: tuple[Residues, ...]

    def __repr__(self) -> str:
        return f"EncryptedLimbs({len(self.platform_constants)} ciphertexts)"


def encrypt_column(
    values: Slots,
    key: CkksSecretKey,
    *,
    entropy: Entropy,
    progress: Progress | None = None,
    first_ciphertext: int = 0,
    spent_seeds: set[bytes] | None = None,
) -> EncryptedLimbs:
    """Encrypt float64[n*N/2], the column's slots including padding, into n ciphertexts.

    `entropy(32)` gives bytes of the system's generator. `progress(done, n)` is called after each
    ciphertext. `spent_seeds` holds every seed of the key so far and grows; give the same set for
    all columns.

    Raises:
        ParameterError: not a whole number of ciphertexts, a value that is not finite or above one
            in size, a seed drawn twice, or a ciphertext that does not open to its values.
    """
    parameters = key.parameters
    columns = _slots(values, parameters)
    spent = set() if spent_seeds is None else spent_seeds
    count = len(columns)
    # All seeds first: a broken generator is found before anything is encrypted.
    seeds = [_fresh_seed(entropy, spent) for _ in range(count)]
    c0 = np.empty((count, len(parameters.primes), parameters.ring_degree), np.uint32)
    platform: list[Residues] = []
    key_holder: list[Residues] = []
    with key.encryptor() as encryptor:
        for index, (slots, seed) in enumerate(zip(columns, seeds, strict=True)):
            c1 = expand_c1(seed, first_ciphertext + index, parameters)
            c0[index] = _c0(slots, c1, key, encryptor)
            platform.append(limbs.constant_coefficient(c0[index], parameters.primes))
            key_holder.extend(key_holder_constants(key, c1[None]))
            _check_opens(slots, platform[-1], key_holder[-1], parameters)
            if progress is not None:
                progress(index + 1, count)
    return EncryptedLimbs(b"".join(seeds), c0, tuple(platform), tuple(key_holder))


def _slots(values: Slots, parameters: Parameters) -> Slots:
    count, rest = divmod(values.size, parameters.slots)
    if values.ndim != 1 or values.dtype != np.float64 or rest or not count:
        raise ParameterError(
            f"column is {values.dtype}{list(values.shape)}, "
            f"expected float64 of a multiple of {parameters.slots}"
        )
    if not bool((np.abs(values) <= 1.0).all()):
        raise ParameterError("column holds a value outside [-1, 1]: clip and encode it first")
    return values.reshape(count, parameters.slots)


def _fresh_seed(entropy: Entropy, spent: set[bytes]) -> bytes:
    seed = entropy(SEED_BYTES)
    if len(seed) != SEED_BYTES:
        raise ParameterError(f"entropy gave {len(seed)} bytes, expected {SEED_BYTES}")
    if seed in spent:
        raise ParameterError("entropy gave a seed twice: the system's generator is broken")
    spent.add(seed)
    return seed


def _c0(slots: Slots, c1: Limbs, key: CkksSecretKey, encryptor: seal.Encryptor) -> Limbs:
    """c0' + (c1' - c1)*s, where SEAL's c0' + c1'*s is the encoded column plus a fresh error."""
    # SEAL's seeds expand inside SEAL only, so its c1' is exchanged for ours; the error and the
    # plaintext stay as they are. Our c1 is uniform, so the pair is a fresh encryption as before.
    primes = key.parameters.primes
    mask = limbs.multiply_limbs(c1, key.words, primes)
    return limbs.subtract_limbs(encryptor.phase(slots), mask, primes)


def _check_opens(slots: Slots, b: Residues, a: Residues, parameters: Parameters) -> None:
    # The two constants, opened as a buyer opens shares, without noise. In exact rationals: the
    # comparison adds nothing to the bound.
    opened = shares.combine(b, a, parameters)
    # fsum rounds the exact sum once, half a unit in its last place.
    total = math.fsum(slots.tolist())
    distance = abs(opened - Fraction(total) * parameters.unit(1))
    rounding = Fraction(math.ulp(total)) * parameters.unit(1)
    if distance > error_bound(1, 1, parameters) + rounding:
        raise ParameterError("a ciphertext does not open to its values: nothing was encrypted")
