"""The worst-case error of an opened coefficient: deterministic, no probability of failure, proven.

Write every fresh ciphertext's phase as c0 + c1*s = Delta*v + f, v the polynomial whose coefficients
are the values, at most one in size, and f the encryption's error and what rounding adds. The error
is drawn from a centred binomial of 21 bits minus 21 bits, so |e| <= 21 (crypto.encrypt; SEAL has
the same, seal/util/rlwe.cpp, `sample_poly_cbd`); rounding Delta*v to integers adds at most 1/2. So
every coefficient of f lies within F = 21 + 1/2. Nothing else: there is no embedding.

Degree 1, n ciphertexts: the opened coefficient is the sum of all N coefficients, its error at most
n*N*F.

A weighted sum of the degree 1, Σ w_i x_i of columns with whole weights w_i: its shares are the
columns' shares, each times its weight, modulo the primes, so its error is Σ w_i e_i. Every e_i lies
within the bound of one column, whence Σ|w_i| times it; and the value, within Σ|w_i| times one
column's largest. Nothing is assumed of how the columns hang together.

Degree 2: the opened coefficient is the inner product of the coefficients,
<Delta*v + f, Delta*w + g> = Delta^2*<v, w> + Delta*(<v, g> + <f, w>) + <f, g>, its error per
ciphertext at most 2*N*F*Delta + N*F^2. The key holder's and the platform's arithmetic is exact and
adds nothing.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from crypto.errors import ParameterError
from crypto.parameters import Parameters

SAMPLED_ERROR = 21
"""Largest coefficient of a ciphertext's error polynomial."""

_FRESH = SAMPLED_ERROR + Fraction(1, 2)


def error_bound(degree: int, ciphertexts: int, parameters: Parameters, weight: int = 1) -> int:
    """Largest distance, in lattice units, of an opened coefficient from the exact one.

    The coefficient is that of a sum (degree 1) or a sum of products of two columns (degree 2)
    over `ciphertexts` ciphertexts whose values are at most one in size.

    Args:
        weight: Σ|w_i| of a weighted sum of columns; 1 of one column's.

    Raises:
        ParameterError: a degree that the parameters do not open, fewer than one ciphertext, a
            weight below 1 or of products, or so many ciphertexts that the exact value and its error
            could wrap around the modulus.
    """
    if weight < 1 or (weight > 1 and degree > 1):
        raise ParameterError(f"weight is {weight} of degree {degree}, expected 1, or more of sums")
    if ciphertexts < 1:
        raise ParameterError(f"ciphertexts are {ciphertexts}, expected at least one")
    n = parameters.ring_degree
    largest = weight * parameters.unit(degree) * n * ciphertexts
    linear, cross = n * _FRESH, 2 * n * _FRESH * parameters.unit(1)
    bound = ceil(weight * ciphertexts * (linear if degree == 1 else cross + n * _FRESH**2))
    if 2 * (largest + bound) >= parameters.modulus:
        raise ParameterError(
            f"{ciphertexts} ciphertexts of degree {degree} could exceed the modulus, "
            f"expected at most {ciphertexts * parameters.modulus // (2 * (largest + bound))}"
        )
    return bound
