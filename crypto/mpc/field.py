"""Vectors over GF(2^61 - 1): uint64, each element below p.

Rules: what comes from outside is read by `from_bytes` or `from_signed`, which refuse what is no
element; everything else stays reduced. A signed integer v stands for v mod p, so sums and products
are those of integers as long as they stay between -p/2 and p/2.

Numba runs the kernels where it is installed, NumPy otherwise, with the same bits.

    >>> from_signed(np.array([-1, 5]))
    array([2305843009213693950,                   5], dtype=uint64)
    >>> multiply(from_signed(np.array([-2])), from_signed(np.array([3]))) == PRIME - 6
    array([ True])
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from crypto.errors import FormatError, ParameterError
from crypto.shamir import PRIME

Elements = NDArray[np.uint64]
Signed = NDArray[np.int64]

ELEMENT_BYTES = 8
LARGEST = PRIME // 2
"""The largest absolute value of a signed integer that an element can stand for."""


class Kernels(Protocol):
    """What both modules offer, over contiguous uint64 of equal sizes."""

    def add(self, a: Elements, b: Elements) -> Elements:
        """a + b, element by element."""

    def subtract(self, a: Elements, b: Elements) -> Elements:
        """a - b, element by element."""

    def multiply(self, a: Elements, b: Elements) -> Elements:
        """a * b, element by element."""

    def dot(self, a: Elements, b: Elements) -> np.uint64:
        """Σ a * b."""

    def total(self, a: Elements) -> np.uint64:
        """Σ a."""

    def weighted(self, rows: Elements, weights: Elements) -> Elements:
        """Σ weights[k] * rows[k]: one element for each column of [k][n]."""

    def all_reduced(self, a: Elements) -> bool:
        """Whether every word is below p."""

    def accept(self, words: Elements, out: Elements) -> int:
        """Fill `out` with the low 61 bits of the words, in order, leaving out p; how many."""


def load(name: str) -> Kernels:
    """The kernels of the module `crypto.mpc.field_<name>`: numba or numpy.

    Raises:
        ModuleNotFoundError: another name, or numba is not installed.
    """
    return cast(Kernels, import_module(f"crypto.mpc.field_{name}"))


# At import, not at first use: by then a worker forbids unpickling, and so numba's cache.
KERNELS = load("numpy" if find_spec("numba") is None else "numba")


def add(a: Elements, b: Elements) -> Elements:
    """a + b, element by element.

    Raises:
        ParameterError: other shapes or types.
    """
    _check_alike(a, b)
    return KERNELS.add(a, b)


def subtract(a: Elements, b: Elements) -> Elements:
    """a - b, element by element.

    Raises:
        ParameterError: other shapes or types.
    """
    _check_alike(a, b)
    return KERNELS.subtract(a, b)


def multiply(a: Elements, b: Elements) -> Elements:
    """a * b, element by element.

    Raises:
        ParameterError: other shapes or types.
    """
    _check_alike(a, b)
    return KERNELS.multiply(a, b)


def scale(a: Elements, factor: int) -> Elements:
    """factor * a, for any integer.

    Raises:
        ParameterError: another shape or type.
    """
    return weighted(a[None], [factor])


def dot(a: Elements, b: Elements) -> int:
    """Σ a * b.

    Raises:
        ParameterError: other shapes or types.
    """
    _check_alike(a, b)
    return int(KERNELS.dot(a, b))


def total(a: Elements) -> int:
    """Σ a.

    Raises:
        ParameterError: another shape or type.
    """
    _check_alike(a, a)
    return int(KERNELS.total(a))


def weighted(rows: Elements, weights: list[int] | tuple[int, ...]) -> Elements:
    """Σ weights[k] * rows[k], [n] from [k][n], for any integers as weights.

    Raises:
        ParameterError: other shapes or types.
    """
    if rows.ndim != 2 or rows.shape[0] != len(weights):
        raise ParameterError(f"rows have shape {rows.shape}, expected ({len(weights)}, n)")
    rows = np.ascontiguousarray(rows)
    _check_alike(rows[0], rows[0])
    reduced = np.array([weight % PRIME for weight in weights], np.uint64)
    return KERNELS.weighted(rows, reduced)


def from_signed(values: Signed) -> Elements:
    """The elements that signed integers stand for.

    Raises:
        ParameterError: an absolute value beyond p/2.
    """
    signed = np.ascontiguousarray(values, np.int64)
    if signed.size and not -LARGEST <= int(signed.min()) <= int(signed.max()) <= LARGEST:
        raise ParameterError("a value lies beyond half the prime")
    return np.where(signed < 0, signed + PRIME, signed).astype(np.uint64)


def to_bytes(elements: Elements) -> bytes:
    """Eight bytes an element, little endian."""
    return elements.astype("<u8", copy=False).tobytes()


def from_bytes(data: bytes) -> Elements:
    """The elements that `to_bytes` wrote; they may share memory with `data`.

    Raises:
        FormatError: not whole elements, or one that is not below p.
    """
    if len(data) % ELEMENT_BYTES:
        raise FormatError(f"{len(data)} bytes are not whole elements of {ELEMENT_BYTES}")
    words = np.require(np.frombuffer(data, "<u8"), np.uint64, ["C", "A"])
    if not KERNELS.all_reduced(words):
        raise FormatError("an element is not below the prime")
    return words


def zeros(count: int) -> Elements:
    """The zero vector."""
    return np.zeros(count, np.uint64)


def _check_alike(a: Elements, b: Elements) -> None:
    for vector in (a, b):
        if vector.dtype != np.uint64 or vector.ndim != 1 or not vector.flags.c_contiguous:
            raise ParameterError(
                f"vector is {vector.dtype}{list(vector.shape)}, expected contiguous uint64[n]"
            )
    if a.size != b.size:
        raise ParameterError(f"vectors have {a.size} and {b.size} elements, expected as many")
