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
from functools import cache

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


def inner_product(a: Limbs, b: Limbs, primes: Sequence[int]) -> tuple[int, ...]:
    """The constant coefficient of Σ a(X) b(X^-1) over n polynomials each, k residues: the inner
    product of their coefficients. The words of b(X^-1) are those of b in reverse (crypto.ntt).

    Raises:
        ParameterError: wrong or different shapes, too many terms, or a limb that is not reduced.
    """
    (a, b), moduli = _checked((a, b), primes)
    sums, reduced = kernels.chosen().inner_limbs(a, b, moduli)
    _require_reduced(reduced)
    return _means(sums.sum(axis=0, dtype=np.uint64).tolist(), a.shape[2], primes)


def inner_products(a: Limbs, one: Limbs, primes: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """The same of each of n polynomials with `one`, uint32[k][N]: n times k residues.

    Raises:
        ParameterError: wrong shapes, or a limb that is not reduced.
    """
    (a,), moduli = _checked((a,), primes)
    (factor,), _ = _checked((one[None],), primes)
    if factor.shape[1:] != a.shape[1:]:
        raise ParameterError(f"factor has shape {one.shape}, expected {a.shape[1:]}")
    sums, reduced = kernels.chosen().inner_limbs(a, factor, moduli)
    _require_reduced(reduced)
    return tuple(_means(row, a.shape[2], primes) for row in sums.tolist())


def multiply_limbs(a: Limbs, b: Limbs, primes: Sequence[int]) -> Limbs:
    """Product of two polynomials, uint32[k][N], word by word.

    Raises:
        ParameterError: wrong or different shapes, or a limb that is not reduced.
    """
    (x, y), moduli = _checked((a[None], b[None]), primes)
    for factor in (x, y):
        _require_reduced(kernels.chosen().all_reduced(factor, moduli))
    product: Limbs = (x[0].astype(np.uint64) * y[0] % moduli[:, None]).astype(np.uint32)
    return product


def require_reduced(c: Limbs, primes: Sequence[int]) -> None:
    """Return if every limb of uint32[n][k][N] is below its prime.

    Raises:
        ParameterError: wrong shape or type, or a limb that is not below its prime.
    """
    (c,), moduli = _checked((c,), primes)
    _require_reduced(kernels.chosen().all_reduced(c, moduli))


def _means(sums: Sequence[int], degree: int, primes: Sequence[int]) -> tuple[int, ...]:
    # The words were summed; a coefficient is their mean. N is invertible: q is an odd prime.
    pairs = zip(sums, primes, strict=True)
    return tuple(word * _inverse(degree, q) % q for word, q in pairs)


@cache
def _inverse(degree: int, q: int) -> int:
    return pow(degree, -1, q)


def _require_reduced(reduced: bool) -> None:
    if not reduced:
        raise ParameterError("a limb is not below its prime: parse the chunk before computing")


def _checked(
    arrays: tuple[Limbs, ...], primes: Sequence[int]
) -> tuple[tuple[Limbs, ...], kernels.Primes]:
    """Read-only, contiguous views of equal shape [n][k][N], and the primes as words."""
    shape = arrays[0].shape
    if len(shape) != 3 or shape[1] != len(primes) or 0 in shape:
        raise ParameterError(f"limbs have shape {shape}, expected [n][{len(primes)}][N], not empty")
    if shape[0] > MAX_TERMS or shape[2] > MAX_TERMS:
        raise ParameterError(f"limbs have shape {shape}, expected at most {MAX_TERMS} terms")
    for array in arrays:
        if array.dtype != np.uint32 or array.shape != shape:
            raise ParameterError(
                f"limbs are {array.dtype}{list(array.shape)}, expected uint32{list(shape)}"
            )
    return tuple(_frozen(array) for array in arrays), _moduli(tuple(primes))


@cache
def _moduli(primes: tuple[int, ...]) -> kernels.Primes:
    if not all(1 < q <= _MAX_PRIME for q in primes):
        raise ParameterError(f"primes are {primes}, expected each within 2 and 2^30")
    return kernels.words_of_primes(primes)


def _frozen(array: Limbs) -> Limbs:
    # One machine type for all callers: numba compiles a kernel per writability and layout.
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
