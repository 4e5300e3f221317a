"""The choice of kernels: machine code where numba is installed, NumPy otherwise, the same bits."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

Limbs = npt.NDArray[np.uint32]
Primes = npt.NDArray[np.uint64]


class Kernels(Protocol):
    """What both modules offer; shapes and limits are checked in crypto.limbs.

    The last value of an answer says whether every limb read was below its prime.
    """

    def sum_limbs(self, c: Limbs, primes: Primes) -> tuple[Limbs, bool]:
        """Σ c over n: uint32[k][N] from [n][k][N]."""

    def product_limbs(self, a: Limbs, b: Limbs, primes: Primes) -> tuple[Limbs, bool]:
        """Σ a*b over n, word by word: uint32[k][N] from two [n][k][N]."""

    def tensor_limbs(
        self, a0: Limbs, a1: Limbs, b0: Limbs, b1: Limbs, primes: Primes
    ) -> tuple[Limbs, Limbs, Limbs, bool]:
        """Σ a0*b0, Σ (a0*b1 + a1*b0) and Σ a1*b1 over n: three uint32[k][N] from four [n][k][N]."""

    def dot_limbs(self, c: Limbs, weights: Limbs, primes: Primes) -> tuple[Limbs, bool]:
        """Σ c*weights over the N words: uint32[n][k] from [n][k][N] and [k][N]."""

    def all_reduced(self, c: Limbs, primes: Primes) -> bool:
        """Whether every limb of [n][k][N] is below its prime."""

    def accept_words(self, words: Limbs, mask: np.uint32, prime: np.uint32, out: Limbs) -> int:
        """Fill `out` with the masked words below the prime, in order; how many were found."""


def load(name: str) -> Kernels:
    """The kernels of the module `crypto.limbs_<name>`: numba or numpy.

    Raises:
        ModuleNotFoundError: another name, or numba is not installed.
    """
    return cast(Kernels, import_module(f"crypto.limbs_{name}"))


@cache
def chosen() -> Kernels:
    """The kernels of this process. Loaded at first use: numba costs a second, and many a process
    that could compute never does."""
    return load("numpy" if find_spec("numba") is None else "numba")
