"""What a worker can run: a program of the fixed list, with public arguments every member agreed to.

A worker is given a table of names (crypto.mpc.programs.fixed_list); nothing else can be run, and
nothing of a program comes from a peer.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crypto.canonical import Json
from crypto.mpc.party import Party, Place


class Program(Protocol):
    """One joint computation, made from its public arguments."""

    @property
    def needs_verification(self) -> bool:
        """Whether an unverified session of it is refused before any connection."""

    def prepare(self, place: Place, blocks: Sequence[bytes], entropy: Entropy) -> Computation:
        """Read and check this member's own secret `blocks`, and draw its noise.

        It is done before any connection: what is wrong with a member's own input ends nothing that
        was charged, and no peer sees how long a sampler took, which depends on what it drew.

        Raises:
            CryptoError: the blocks are not what the arguments ask for.
        """


Entropy = Callable[[int], bytes]
"""So many fresh bytes from the operating system."""

Computation = Callable[[Party], Coroutine[Any, Any, NDArray[np.uint64]]]
"""The member's part of the session: its shares of the outputs, uint64[outputs]; raises
SessionAborted where the session ends early.

It runs in a thread of its own, so that it may compute for as long as it needs: links are kept alive
meanwhile. By then nothing in the process can be unpickled, which is how numba reads its cache:
kernels are loaded when their module is (signatures given, not inferred).
"""

MakeProgram = Callable[[Json], Program]
"""A program of its public arguments; raises FormatError where they are not what it takes."""
