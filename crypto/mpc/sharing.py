"""Vectors dealt as Shamir shares, and put together again.

Rules: coefficients are uniform: an AES-256-CTR keystream under a key that serves nothing else, read
as 64-bit words of which the low 61 bits count, p itself left out. A dealer draws a fresh key for
each dealing. Points are 1 to m.

    >>> stream = ElementStream(Secret(bytes(32)))
    >>> rows = deal(np.array([7, 9], np.uint64), members=3, threshold=1, stream=stream)
    >>> combine({1: rows[0], 3: rows[2]}, threshold=1)
    array([7, 9], dtype=uint64)
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from crypto import shamir
from crypto.mpc import field
from crypto.mpc.field import Elements
from crypto.secret import Secret

KEY_BYTES = 32
_SPARE_WORDS = 2
_AES_BLOCK = 16


class ElementStream:
    """Uniform field elements from a 32-byte key that serves nothing else."""

    def __init__(self, key: Secret) -> None:
        # One key, one stream: the counter may begin at zero.
        self._stream = Cipher(AES256(key.reveal()), CTR(bytes(_AES_BLOCK))).encryptor()

    def draw(self, count: int) -> Elements:
        """The next `count` elements."""
        out = np.empty(count, np.uint64)
        found = 0
        while found < count:
            # A word is left out once in 2^61: the second round is for completeness.
            found += field.KERNELS.accept(self._words(count - found + _SPARE_WORDS), out[found:])
        return out

    def _words(self, count: int) -> Elements:
        size = count * field.ELEMENT_BYTES
        # Encrypted zeros are the keystream itself. update_into asks for room for one more block.
        keystream = bytearray(size + _AES_BLOCK - 1)
        self._stream.update_into(bytes(size), keystream)
        return np.frombuffer(keystream, "<u8", count)


def deal(secrets: Elements, *, members: int, threshold: int, stream: ElementStream) -> Elements:
    """Shares of a vector, [m][n]: row i - 1 is for point i.

    Any `threshold` rows are uniform and independent of the secrets.

    Raises:
        ParameterError: members or threshold outside their range.
    """
    shamir.check_threshold(members, threshold)
    coefficients = [secrets, *(stream.draw(secrets.size) for _ in range(threshold))]
    rows = np.stack(coefficients)
    powers = [[point**k for k in range(threshold + 1)] for point in range(1, members + 1)]
    return np.stack([field.weighted(rows, weights) for weights in powers])


def combine(shares: Mapping[int, Elements], *, threshold: int) -> Elements:
    """The vector that the shares of the lowest `threshold` + 1 points are shares of.

    Raises:
        ParameterError: vectors of several sizes.
    """
    points = tuple(sorted(shares))[: threshold + 1]
    return _at(0, points, shares)


def is_consistent(shares: Mapping[int, Elements], *, threshold: int) -> bool:
    """Whether all shares, element by element, lie on polynomials of degree at most `threshold`."""
    points = tuple(sorted(shares))
    first, rest = points[: threshold + 1], points[threshold + 1 :]
    return all(np.array_equal(_at(point, first, shares), shares[point]) for point in rest)


def _at(place: int, points: tuple[int, ...], shares: Mapping[int, Elements]) -> Elements:
    rows = np.stack([shares[point] for point in points])
    return field.weighted(rows, shamir.weights(points, place))
