"""What a ciphertext's coefficients mean: value i of a column is coefficient i, so that a sum and an
inner product of columns are one coefficient each.

    inner product     Σ_j a_j b_j  = the constant coefficient of a(X) b(X^-1)
    sum               Σ_j p_j      = the inner product with 1(X) = Σ X^j

since X^i X^-j is 1 for i = j and plus or minus another power of X else. A constant coefficient is
N^-1 times the sum of the NTT words (crypto.limbs), and X -> X^-1 reverses them (crypto.ntt): no
rotation, no Galois key, no key switch.

Word j of 1(X) is Σ_i x^i = (x^N - 1) / (x - 1) = 2 / (1 - x) at x = x_j, as x^N = -1.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from crypto import limbs, ntt
from crypto.parameters import Parameters
from crypto.shares import Residues

Limbs = npt.NDArray[np.uint32]


@cache
def ones(parameters: Parameters) -> Limbs:
    """The words of 1(X), uint32[k][N]."""
    rows = [
        [2 * pow(1 - x, -1, prime) % prime for x in points]
        for points, prime in zip(
            ntt.tables(parameters).points.tolist(), parameters.primes, strict=True
        )
    ]
    words = np.array(rows, np.uint32)
    words.flags.writeable = False
    return words


def sum_share(c0: Limbs, parameters: Parameters) -> Residues:
    """The platform's share of the sum of the values of n ciphertexts uint32[n][k][N]: k residues.

    Raises:
        ParameterError: wrong shape, too many terms, or a limb that is not reduced.
    """
    (share,) = sum_shares(limbs.sum_limbs(c0, parameters.primes)[None], parameters)
    return share


def sum_shares(c0: Limbs, parameters: Parameters) -> tuple[Residues, ...]:
    """The same of each ciphertext by itself, n times k residues.

    Raises:
        ParameterError: wrong shape, or a limb that is not reduced.
    """
    return limbs.inner_products(c0, ones(parameters), parameters.primes)


def product_share(a0: Limbs, b0: Limbs, parameters: Parameters) -> Residues:
    """The platform's share of the sum of products of the values of n ciphertexts each.

    Raises:
        ParameterError: wrong or different shapes, too many terms, or a limb that is not reduced.
    """
    return limbs.inner_product(a0, b0, parameters.primes)
