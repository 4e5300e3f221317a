"""Functions compiled by numba: once, kept on disk, and without the interpreter's lock.

The disk cache lies beside the file of the function, in the home directory's cache where that is not
writable, or where NUMBA_CACHE_DIR says; with none of the three numba refuses to load them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(function: Kernel) -> Kernel:
    """A decorator."""
    return cast(Kernel, njit(cache=True, nogil=True)(function))
