"""What arrives at a local store, counted where it is written: behind the portal's own server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

import pytest

from market.adapters.stores.local import LocalStore

Before = Callable[[str], None]
"""Called with an object's key before it is written; it may wait, or raise what the store would."""


@dataclass
class Arrivals:
    """Objects by their keys.

    Attributes:
        stored: those that the store has acknowledged.
        again: those that came once more after that.
        most: how many were written at the same time.
    """

    before: Before
    stored: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    most: int = 0
    _now: int = 0
    _lock: Lock = field(default_factory=Lock)

    def put(self, store: LocalStore, key: str, data: bytes, *, sha256: str) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            if key in self.stored:
                self.again.append(key)
        try:
            self.before(key)
            _PUT(store, key, data, sha256=sha256)
            with self._lock:
                self.stored.append(key)
        finally:
            with self._lock:
                self._now -= 1


_PUT = LocalStore.put


@contextmanager
def watched_arrivals(before: Before = lambda _key: None) -> Iterator[Arrivals]:
    """Every object that a local store of this process takes, until the end of the block."""
    arrivals = Arrivals(before)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            LocalStore,
            "put",
            lambda store, key, data, *, sha256: arrivals.put(store, key, data, sha256=sha256),
        )
        yield arrivals
