"""What a worker can run: a program of the fixed list, with public arguments every member agreed to.

A worker is given a table of names (crypto.mpc.programs.fixed_list); nothing else can be run, and
nothing of a program comes from a peer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from crypto.canonical import Json
from crypto.mpc.party import Party


class Program(Protocol):
    """One joint computation, made from its public arguments."""

    @property
    def needs_verification(self) -> bool:
        """Whether an unverified session of it is refused before any connection."""

    async def run(self, party: Party, blocks: Sequence[bytes]) -> NDArray[np.uint64]:
        """This member's shares of the outputs, shape (outputs,), from its own secret `blocks`.

        It runs in a thread of its own, so that it may compute for as long as it needs: links are
        kept alive meanwhile. By then nothing in the process can be unpickled, which is how numba
        reads its cache: kernels are loaded when their module is (signatures given, not inferred).

        Raises:
            SessionAborted: the session ended early.
            CryptoError: the blocks are not what the arguments ask for; peers are told only that
                this member stopped.
        """


MakeProgram = Callable[[Json], Program]
"""A program of its public arguments; raises FormatError where they are not what it takes."""
