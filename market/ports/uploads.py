"""Versions on their way to the store, which nobody has published yet.

Nobody lists a store, so every chunk is written down before its address is given out. What is
published is an upload no more; what is not goes once nothing was sent of it for long.
"""

from __future__ import annotations

from typing import Protocol

from market.entities.retention import StoredChunk, Upload
from market.ports.retention import Droppable


class Uploads(Droppable, Protocol):
    def announce(self, upload: Upload, chunk: StoredChunk, *, most_bytes: int, now: int) -> None:
        """Write down a chunk that is about to be sent; the same again changes nothing but the time.

        A chunk of a version that is published already is none of an upload: nothing is written.

        Args:
            most_bytes: what the owner's organisation may store, published or not.

        Raises:
            Refused: `storage-full`; `version-dropped`: of a published version that is deleted.
            Unavailable: `upload-dropping`: what was sent before is being deleted.
        """

    def go_on(self, upload: Upload, *, now: int) -> int:
        """Begin the time anew after which it is deleted; how many bytes were announced, 0 where
        nothing was.

        Raises:
            Unavailable: `upload-dropping`.
        """

    def announced_of(self, owner: str, dataset: str) -> int:
        """Bytes that an owner has announced of versions of a dataset, and not published."""

    def announced_bytes(self, organisation: str) -> int:
        """What the organisation's owners have announced and not published."""
