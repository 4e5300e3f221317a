"""The worst-case error of an opened coefficient: deterministic, no probability of failure.

Write every fresh ciphertext's phase as c0 + c1*s = Delta*v + f, v the exact inverse embedding of
its slots and f the encryption and encoding error. SEAL draws the encryption error from a centred
binomial with |e| <= 21 (seal/util/rlwe.cpp, `sample_poly_cbd`: 21 bits minus 21 bits); encoding in
doubles and rounding adds at most ENCODE_ALLOWANCE per coefficient (measured at scale 2^55 on
adversarial columns: 4.0). So every coefficient of f lies within F = 21 + 32.

Degree 1, n ciphertexts: the opened coefficient's error is the sum of n coefficients f_0, so at
most n*F.

Degree 2: (Delta*v + f)(Delta*w + g) = Delta^2*v*w + Delta*(v*g + w*f) + f*g. The constant
coefficient of v*g in Z[X]/(X^N+1) is v_0*g_0 - sum_j v_j*g_(N-j), at most |v|_1 * F. Slots of size
at most one give N embeddings of size at most one, Parseval gives |v|_2 <= 1, Cauchy-Schwarz
|v|_1 <= sqrt(N). The constant coefficient of f*g is at most N*F^2. Together, per ciphertext:
2*sqrt(N)*F*Delta + N*F^2. The key holder's and the platform's arithmetic is exact and adds nothing.
"""

from __future__ import annotations

from math import isqrt

from crypto.errors import ParameterError
from crypto.parameters import Parameters

SAMPLED_ERROR = 21
"""Largest coefficient of SEAL's error polynomial."""

ENCODE_ALLOWANCE = 32
"""Largest coefficient of what encoding a column of |value| <= 1 adds, doubles and rounding."""

_FRESH = SAMPLED_ERROR + ENCODE_ALLOWANCE


def error_bound(degree: int, ciphertexts: int, parameters: Parameters) -> int:
    """Largest distance, in lattice units, of an opened coefficient from the exact one.

    The coefficient is that of a sum (degree 1) or a sum of products of two columns (degree 2)
    over `ciphertexts` ciphertexts whose slots are at most one in size.

    Raises:
        ParameterError: another degree, fewer than one ciphertext, or so many that the exact
            value and its error could wrap around the modulus.
    """
    if ciphertexts < 1:
        raise ParameterError(f"ciphertexts are {ciphertexts}, expected at least one")
    largest = parameters.unit(degree) * parameters.slots * ciphertexts
    if degree == 1:
        bound = _FRESH * ciphertexts
    else:
        n = parameters.ring_degree
        scale = 1 << parameters.scale_log2
        # isqrt + 1 is above the square root, so the bound rounds up.
        cross = isqrt(4 * n * (_FRESH * scale) ** 2) + 1
        bound = (cross + n * _FRESH**2) * ciphertexts
    if 2 * (largest + bound) >= parameters.modulus:
        raise ParameterError(
            f"{ciphertexts} ciphertexts of degree {degree} could exceed the modulus, "
            f"expected at most {ciphertexts * parameters.modulus // (2 * (largest + bound))}"
        )
    return bound
