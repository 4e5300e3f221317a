"""SEAL's word on what crypto.encrypt made: its Decryptor opens ciphertexts under the key.

The phase c0 + c1*s that SEAL computes with its own arithmetic is taken back to coefficients by two
primes; they must transform to its words under all of them, and each must be the encoded value
within the largest error drawn. That is equality word by word with NTT(rint(Delta*x) + e), e an
error that can be drawn.
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
    parameters, count = key.parameters, key.parameters.values_per_ciphertext
    for index in chosen:
        (plaintext,) = encoded(values[index * count : (index + 1) * count], parameters)
        seed = part.seeds[index * SEED_BYTES : (index + 1) * SEED_BYTES]
        c1 = expand_c1(seed, first_ciphertext + index, parameters)
        error = opened(key, part.c0[index], c1) - plaintext
        if int(np.abs(error).max()) > SAMPLED_ERROR:
            raise ParameterError(
                f"SEAL opens ciphertext {first_ciphertext + index} to other values: nothing is sent"
            )


def opened(key: CkksSecretKey, c0: Limbs, c1: Limbs) -> Integers:
    """The coefficients, int64[N], that SEAL's Decryptor finds in a ciphertext uint32[k][N] twice.

    Raises:
        ParameterError: they are 2^56 or more in size, as no encoded value and its error is.
    """
    with key.referee() as referee:
        phase = referee.phase(c0, c1)
    found = _centred(ntt.residues_of(phase[:2], key.parameters), key.parameters)
    if int(np.abs(found).max()) >= 1 << ntt.LARGEST_LOG2 or not bool(
        (ntt.words_of(found, key.parameters) == phase).all()
    ):
        raise ParameterError(
            f"SEAL opens a ciphertext to integers above 2^{ntt.LARGEST_LOG2}: it is another's"
        )
    return found


def _centred(residues: Limbs, parameters: Parameters) -> Integers:
    # Garner's step: below 2^60, so below half the product of two primes in size.
    first, second = parameters.primes[:2]
    r0, r1 = residues.astype(np.int64)
    digit = (r1 - r0) % second * pow(first, -1, second) % second
    whole = r0 + first * digit
    centred: Integers = np.where(whole > first * second // 2, whole - first * second, whole)
    return centred
