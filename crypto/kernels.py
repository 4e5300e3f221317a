"""The choice of kernels: machine code where numba is installed, NumPy otherwise, the same bits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

Limbs = npt.NDArray[np.uint32]
Primes = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]


class Kernels(Protocol):
    """What both modules offer; shapes and limits are checked in crypto.limbs.

    The last value of an answer says whether every limb read was below its prime.
    """

    def sum_limbs(self, c: Limbs, primes: Primes) -> tuple[Limbs, bool]:
        """Σ c over n: uint32[k][N] from [n][k][N]."""

    def inner_limbs(self, a: Limbs, b: Limbs, primes: Primes) -> tuple[Limbs, bool]:
        """Σ a[j]*b[N-1-j] over the N words: uint32[n][k] from [n][k][N] and [n][k][N] or
        [1][k][N], which then goes with each."""

    def all_reduced(self, c: Limbs, primes: Primes) -> bool:
        """Whether every limb of [n][k][N] is below its prime."""

    def accept_words(self, words: Limbs, mask: np.uint32, primes: Primes, degree: int) -> bool:
        """Make the first k*N of a stream of words c1 (crypto.seeds); whether they sufficed."""


class Transforms(Protocol):
    """What both modules of the transform offer; shapes and limits are the callers' (crypto.ntt,
    crypto.encrypt). `roots` and `companions` are uint32[k][N] (crypto.ntt.Tables)."""

    def forward(
        self, coefficients: Integers, roots: Limbs, companions: Limbs, primes: Primes
    ) -> Limbs:
        """The words uint32[k][N] of int64[N]."""

    def binomial(self, words: Primes) -> Integers:
        """Centred binomials in [-21, 21], int64[N], from the low 42 bits of uint64[N]."""

    def encrypt(
        self,
        coefficients: Integers,
        c1: Limbs,
        key: Limbs,
        key_companions: Limbs,
        roots: Limbs,
        companions: Limbs,
        primes: Primes,
    ) -> Limbs:
        """The words of the coefficients minus c1*key, uint32[k][N]."""

    def decrypt(
        self,
        c0: Limbs,
        c1: Limbs,
        key: Limbs,
        key_companions: Limbs,
        primes: Primes,
        out: Limbs,
    ) -> None:
        """c0 + c1*key into `out`, all uint32[k][N]."""


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
    return load(_available())


def load_transforms(name: str) -> Transforms:
    """Those of the module `crypto.ntt_<name>`: numba or numpy.

    Raises:
        ModuleNotFoundError: another name, or numba is not installed.
    """
    return cast(Transforms, import_module(f"crypto.ntt_{name}"))


@cache
def transforms() -> Transforms:
    """Those of this process, loaded at first use."""
    return load_transforms(_available())


def words_of_primes(primes: Sequence[int]) -> Primes:
    """The primes as the kernels take them, uint64[k]."""
    return np.array(primes, np.uint64)


def _available() -> str:
    return "numpy" if find_spec("numba") is None else "numba"
