"""SEAL's word on what crypto.encrypt made: its Decryptor opens ciphertexts under the key.

The phase c0 + c1*s that SEAL computes with its own arithmetic is taken back to coefficients, and
each of them must be the encoded value within the largest error drawn. Since the transform is one
to one, that is equality word by word with NTT(rint(Delta*x) + e), e an error that can be drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from crypto import ntt
from crypto.encrypt import EncryptedLimbs, encoded
from crypto.error_bound import SAMPLED_ERROR
from crypto.errors import ParameterError
from crypto.parameters import SEED_BYTES, Parameters
from crypto.secret_key import CkksSecretKey
from crypto.seeds import expand_c1

Integers = npt.NDArray[np.int64]
Limbs = npt.NDArray[np.uint32]
Values = npt.NDArray[np.float64]


def check_opens(
    values: Values,
    part: EncryptedLimbs,
    key: CkksSecretKey,
    *,
    first_ciphertext: int,
    chosen: Sequence[int],
) -> None:
    """Let SEAL open some ciphertexts of `encrypt_column(values, key, ...)`.

    Args:
        chosen: which of them, counted from 0.

    Raises:
        ParameterError: one does not open to its values.
    """
    parameters = key.parameters
    plaintexts = encoded(values, parameters)
    for index in chosen:
        seed = part.seeds[index * SEED_BYTES : (index + 1) * SEED_BYTES]
        c1 = expand_c1(seed, first_ciphertext + index, parameters)
        found = opened(key, part.c0[index], c1)
        if int(np.abs(found - plaintexts[index]).max()) > SAMPLED_ERROR:
            raise ParameterError(
                f"SEAL opens ciphertext {first_ciphertext + index} to other values: nothing is sent"
            )


def opened(key: CkksSecretKey, c0: Limbs, c1: Limbs) -> Integers:
    """The coefficients, int64[N], that SEAL's Decryptor finds in a ciphertext uint32[k][N] twice.

    Raises:
        ParameterError: they are not below 2^58 in size, as no encoded value and its error is.
    """
    with key.referee() as referee:
        residues = ntt.residues_of(referee.phase(c0, c1), key.parameters)
    return _centred(residues, key.parameters)


def _centred(residues: Limbs, parameters: Parameters) -> Integers:
    # Garner's step on two primes gives integers below 2^60; all further primes must agree.
    first, second = parameters.primes[:2]
    r0, r1 = residues[0].astype(np.int64), residues[1].astype(np.int64)
    digit = (r1 - r0) % second * pow(first, -1, second) % second
    whole = r0 + first * digit
    centred: Integers = np.where(whole > first * second // 2, whole - first * second, whole)
    for prime, row in zip(parameters.primes, residues, strict=True):
        if not bool((centred % prime == row).all()):
            raise ParameterError("SEAL opens a ciphertext to integers above 2^58: it is another's")
    return centred
