"""The negacyclic number theoretic transform: coefficients to words and back, modulo each prime.

Word j of a polynomial is its value at x_j = psi^(2 br(j) + 1), where psi is the smallest primitive
2N-th root of unity modulo the prime and br reverses the log2(N) bits of j: SEAL's order, so that
its Decryptor reads our words. X -> X^-1 takes x_j to x_(N-1-j), since br(N-1-j) = N-1-br(j) and
psi^(2N) = 1: it is the reversal of the words.

The transform forwards is Harvey's (Faster arithmetic for number-theoretic transforms, 2014): words
stay below 4q until the end, and a product with a table's constant w takes its companion
floor(w 2^32 / q) (Shoup) in the place of a division.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from crypto import kernels
from crypto.errors import ParameterError
from crypto.parameters import Parameters

Limbs = npt.NDArray[np.uint32]
Integers = npt.NDArray[np.int64]

LARGEST_LOG2 = 56
"""Coefficients are below 2^56 in size: an encoded value and its error."""


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Constants of the transform, uint32[k][N] each.

    Attributes:
        roots: psi^br(j), with which stage 2^s of the transform multiplies from j = 2^s on.
        companions: Shoup's, of `roots`.
        points: x_j, where word j is evaluated.
    """

    roots: Limbs
    companions: Limbs
    points: Limbs


@cache
def tables(parameters: Parameters) -> Tables:
    """The constants of a parameter set, made once."""
    degree = parameters.ring_degree
    order = _bit_reversed(degree)
    roots, points = [], []
    for prime in parameters.primes:
        powers = _powers(_smallest_root(prime, degree), 2 * degree, prime)
        roots.append(powers[:degree][order])
        points.append(powers[1::2][order])
    rows = np.stack(roots)
    return Tables(_frozen(rows), _frozen(companions(rows, parameters)), _frozen(np.stack(points)))


def companions(constants: Limbs, parameters: Parameters) -> Limbs:
    """floor(w 2^32 / q) of reduced constants uint32[k][N] (Shoup)."""
    moduli = np.array(parameters.primes, np.uint64)[:, None]
    return ((constants.astype(np.uint64) << np.uint64(32)) // moduli).astype(np.uint32)


def words_of(coefficients: Integers, parameters: Parameters) -> Limbs:
    """The words of a polynomial of integer coefficients: uint32[k][N] from int64[N].

    Raises:
        ParameterError: another shape or type, or a coefficient of 2^56 or more in size.
    """
    check_coefficients(coefficients, parameters)
    made = tables(parameters)
    return kernels.transforms().forward(
        coefficients, made.roots, made.companions, kernels.words_of_primes(parameters.primes)
    )


def check_coefficients(coefficients: Integers, parameters: Parameters) -> None:
    """Return if these are int64[N], each below 2^56 in size.

    Raises:
        ParameterError: they are not.
    """
    if coefficients.dtype != np.int64 or coefficients.shape != (parameters.ring_degree,):
        raise ParameterError(
            f"coefficients are {coefficients.dtype}{list(coefficients.shape)}, "
            f"expected int64[{parameters.ring_degree}]"
        )
    limit = 1 << LARGEST_LOG2
    if not -limit < int(coefficients.min()) <= int(coefficients.max()) < limit:
        raise ParameterError(f"a coefficient is not below 2^{LARGEST_LOG2} in size")


def residues_of(words: Limbs, parameters: Parameters) -> Limbs:
    """The coefficients of a polynomial modulo the first primes, from its words under these, both
    uint32[primes][N]: the way back.

    By Gentleman and Sande's butterflies in whole remainders: it is for looking at a ciphertext, not
    for going through a table.
    """
    degree, roots = parameters.ring_degree, tables(parameters).roots
    rows = []
    for row, prime, constants in zip(words, parameters.primes, roots, strict=False):
        q, values = np.uint64(prime), row.astype(np.uint64)
        # psi^-br(j) = -psi^(N - br(j)): the roots of a stage backwards, with the other sign.
        blocks = degree // 2
        while blocks:
            pairs = values.reshape(blocks, 2, -1)
            inverse = q - constants[blocks : 2 * blocks][::-1, None].astype(np.uint64)
            total, difference = pairs[:, 0] + pairs[:, 1], pairs[:, 0] + q - pairs[:, 1]
            values = np.stack((total % q, difference % q * inverse % q), axis=1).reshape(-1)
            blocks //= 2
        rows.append(values * np.uint64(pow(degree, -1, prime)) % q)
    return np.stack(rows).astype(np.uint32)


def mirrored(words: Limbs) -> Limbs:
    """The words of a(X^-1) from those of a(X): in reverse."""
    return words[..., ::-1]


def _smallest_root(prime: int, degree: int) -> int:
    """The smallest primitive 2N-th root of unity."""
    found = next(
        root
        for base in range(2, prime)
        if pow(root := pow(base, (prime - 1) // (2 * degree), prime), degree, prime) == prime - 1
    )
    # All of them are its odd powers.
    return int(_powers(found, 2 * degree, prime)[1::2].min())


def _powers(base: int, count: int, prime: int) -> Limbs:
    values = [1]
    for _ in range(count - 1):
        values.append(values[-1] * base % prime)
    return np.array(values, np.uint32)


def _bit_reversed(size: int) -> npt.NDArray[np.intp]:
    order = np.zeros(1, np.intp)
    while order.size < size:
        order = np.concatenate((2 * order, 2 * order + 1))
    return order


def _frozen(array: Limbs) -> Limbs:
    array.flags.writeable = False
    return array
