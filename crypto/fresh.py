"""Bytes of the system's generator, none of them twice.

Two ciphertexts under one seed and index differ by their plaintexts, readable without a key. A
generator that repeats itself, such as that of a machine put back to a snapshot, is found out here,
and nothing more is encrypted with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock

from crypto.errors import ParameterError
from crypto.parameters import SEED_BYTES

Entropy = Callable[[int], bytes]
"""So many bytes of the system's generator."""


class FreshBytes:
    """Draws seeds, and remembers them. One object serves all that is encrypted under a key, from
    any thread."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._spent: set[bytes] = set()
        self._lock = Lock()

    def draw(self) -> bytes:
        """32 bytes.

        Raises:
            ParameterError: the generator gave another number of bytes, or some it gave before.
        """
        drawn = self._entropy(SEED_BYTES)
        if len(drawn) != SEED_BYTES:
            raise ParameterError(f"entropy gave {len(drawn)} bytes, expected {SEED_BYTES}")
        self.remember([drawn])
        return drawn

    def remember(self, seeds: Iterable[bytes]) -> None:
        """Seeds drawn earlier.

        Raises:
            ParameterError: one is known already.
        """
        with self._lock:
            for seed in seeds:
                if seed in self._spent:
                    raise ParameterError(
                        "entropy gave a seed twice: the system's generator is broken"
                    )
                self._spent.add(seed)
