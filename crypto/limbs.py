"""Ciphertext arithmetic on uint32 limbs: exact, independent of order, no key.

Rules: limbs are uint32[n][k][N] (ciphertext, prime, NTT word), below their primes of at most 30
bits; results are reduced. Every limit is asserted: shapes, types, the number of terms an
accumulator can hold, and that each limb read was reduced. Numba runs the kernels where it is
installed, NumPy otherwise, with the same bits.

The constant coefficient of a polynomial p is N^-1 times the sum of its NTT words. These are p at
the N primitive 2N-th roots of one, psi^(2i+1), over which X^j sums to N for j = 0 and to
psi^j (w^(jN) - 1)/(w^j - 1) = 0 for 0 < j < N, w = psi^2. So sums need no rotation and no key
(Mouchet et al., PETS 2021, key switch, restricted to one coefficient).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from crypto import kernels
from crypto.errors import ParameterError

Limbs = npt.NDArray[np.uint32]

MAX_TERMS = 1 << 30
"""Ciphertexts one kernel call may add up, and words of a polynomial. So many 32-bit halves of
products stay below 2^62, and the last reduction adds less than 2^60: 64 bits hold both."""

_MAX_PRIME = 1 << 30


def sum_limbs(c: Limbs, primes: Sequence[int]) -> Limbs:
    """Sum of n polynomials: uint32[k][N] from uint32[n][k][N].

    Raises:
        ParameterError: wrong shape or type, too many terms, or a limb that is not reduced.
    """
    (c,), moduli = _checked((c,), primes)
    total, reduced = kernels.chosen().sum_limbs(c, moduli)
    _require_reduced(reduced)
    return total


def product_limbs(a: Limbs, b: Limbs, primes: Sequence[int]) -> Limbs:
    """Sum of n products of polynomials: uint32[k][N] from two uint32[n][k][N].

    Raises:
        ParameterError: wrong or different shapes, too many terms, or a limb that is not reduced.
    """
    (a, b), moduli = _checked((a, b), primes)
    total, reduced = kernels.chosen().product_limbs(a, b, moduli)
    _require_reduced(reduced)
    return total


def tensor_limbs(
    a0: Limbs, a1: Limbs, b0: Limbs, b1: Limbs, primes: Sequence[int]
) -> tuple[Limbs, Limbs, Limbs]:
    """Sum of n size-3 products: Σ a0*b0, Σ (a0*b1 + a1*b0), Σ a1*b1, each uint32[k][N].

    Raises:
        ParameterError: wrong or different shapes, too many terms, or a limb that is not reduced.
    """
    (a0, a1, b0, b1), moduli = _checked((a0, a1, b0, b1), primes)
    first, second, third, reduced = kernels.chosen().tensor_limbs(a0, a1, b0, b1, moduli)
    _require_reduced(reduced)
    return first, second, third


def constant_coefficients(
    c: Limbs, weights: Limbs, primes: Sequence[int]
) -> tuple[tuple[int, ...], ...]:
    """Per polynomial, the constant coefficient of its product with `weights` uint32[k][N].

    Raises:
        ParameterError: wrong shapes, or a limb that is not reduced.
    """
    (c,), moduli = _checked((c,), primes)
    (factor,), _ = _checked((weights[None],), primes)
    if factor.shape[1:] != c.shape[1:]:
        raise ParameterError(f"weights have shape {weights.shape}, expected {c.shape[1:]}")
    sums, reduced = kernels.chosen().dot_limbs(c, factor[0], moduli)
    _require_reduced(reduced)
    # The words were summed; a coefficient is their mean. N is invertible: q is an odd prime.
    inverses = [pow(c.shape[2], -1, int(q)) for q in primes]
    return tuple(
        tuple(int(word) * n % q for word, n, q in zip(row, inverses, primes, strict=True))
        for row in sums.tolist()
    )


def constant_coefficient(poly: Limbs, primes: Sequence[int]) -> tuple[int, ...]:
    """The constant coefficient modulo each prime: N^-1 times the sum of uint32[k][N]'s words.

    Raises:
        ParameterError: wrong shape or type, or a limb that is not reduced.
    """
    (residues,) = constant_coefficients(poly[None], np.ones_like(poly), primes)
    return residues


def multiply_limbs(a: Limbs, b: Limbs, primes: Sequence[int]) -> Limbs:
    """Product of two polynomials, uint32[k][N], word by word.

    Raises:
        ParameterError: wrong or different shapes, or a limb that is not reduced.
    """
    return product_limbs(a[None], b[None], primes)


def add_limbs(a: Limbs, b: Limbs, primes: Sequence[int]) -> Limbs:
    """Sum of two polynomials, uint32[k][N].

    Raises:
        ParameterError: wrong or different shapes, or a limb that is not reduced.
    """
    return sum_limbs(np.stack((a, b)), primes)


def subtract_limbs(a: Limbs, b: Limbs, primes: Sequence[int]) -> Limbs:
    """Difference of two polynomials, uint32[k][N].

    Raises:
        ParameterError: wrong or different shapes, or a limb that is not reduced.
    """
    require_reduced(b[None], primes)
    # q - 0 would be q, which is not reduced.
    moduli = np.array(primes, np.uint32)[:, None]
    negative = np.where(b == 0, b, moduli - b)
    return add_limbs(a, negative, primes)


def require_reduced(c: Limbs, primes: Sequence[int]) -> None:
    """Return if every limb of uint32[n][k][N] is below its prime.

    Raises:
        ParameterError: wrong shape or type, or a limb that is not below its prime.
    """
    (c,), moduli = _checked((c,), primes)
    _require_reduced(kernels.chosen().all_reduced(c, moduli))


def _require_reduced(reduced: bool) -> None:
    if not reduced:
        raise ParameterError("a limb is not below its prime: parse the chunk before computing")


def _checked(
    arrays: tuple[Limbs, ...], primes: Sequence[int]
) -> tuple[tuple[Limbs, ...], npt.NDArray[np.uint64]]:
    """Read-only, contiguous views of equal shape [n][k][N], and the primes as words."""
    shape = arrays[0].shape
    if len(shape) != 3 or shape[1] != len(primes) or 0 in shape:
        raise ParameterError(f"limbs have shape {shape}, expected [n][{len(primes)}][N], not empty")
    if shape[0] > MAX_TERMS or shape[2] > MAX_TERMS:
        raise ParameterError(f"limbs have shape {shape}, expected at most {MAX_TERMS} terms")
    if not all(1 < q <= _MAX_PRIME for q in primes):
        raise ParameterError(f"primes are {tuple(primes)}, expected each within 2 and 2^30")
    for array in arrays:
        if array.dtype != np.uint32 or array.shape != shape:
            raise ParameterError(
                f"limbs are {array.dtype}{list(array.shape)}, expected uint32{list(shape)}"
            )
    return tuple(_frozen(array) for array in arrays), np.array(primes, np.uint64)


def _frozen(array: Limbs) -> Limbs:
    # One machine type for all callers: numba compiles a kernel per writability and layout.
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
