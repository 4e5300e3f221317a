"""What ciphertext is stored for nobody, and how far its deletion has come.

    due -> begin -> chunks, deleted one by one -> finish

What is begun is never taken back, so that whoever dies in between is followed by another.
"""

from __future__ import annotations

from typing import Protocol

from market.entities.retention import Expendable, Freed, StoredChunk, VersionKept
from market.records.signed import Signed
from market.records.version_drop import VersionDrop


class Droppable(Protocol):
    """Ciphertext of one kind: of versions that were published, or that never were."""

    def due(self, *, since: int) -> list[Expendable]:
        """What nobody needs since `since` (unix seconds) or before and whose deletion has not
        begun, by dataset, then version."""

    def begin(self, one: Expendable, *, since: int, now: int) -> None:
        """Write down that it is being deleted, if it is due still: its owner cannot have it served
        at the same moment.

        Raises:
            Conflict: `version-needed`: it is due no more; `drop-begun`: somebody was before.
        """

    def begun(self) -> Expendable | None:
        """The first whose deletion has begun and not ended."""

    def chunks(self, one: Expendable) -> list[StoredChunk]:
        """What no version that stays names, the chunks deleted already too. None is another
        owner's or dataset's: publishing admits a version's own, and those of the one before it."""

    def finish(self, one: Expendable, *, now: int) -> None:
        """Write down that all its chunks are deleted; the first time counts."""


class Retention(Droppable, Protocol):
    """Published versions, due by the rule in market.policy.listing.retention."""

    def drop(self, word: Signed[VersionDrop], *, now: int) -> None:
        """Keep the owner's word that a version goes, and write down that it is being deleted,
        unless that has begun already. The first word counts.

        Raises:
            Conflict: `version-needed`: it is answered, or may be asked again.
        """

    def of_dataset(self, dataset: str) -> list[VersionKept]:
        """Every version of a dataset, the newest first; none of one that is not there."""

    def freed(self, *, since: int) -> Freed:
        """What was deleted at `since` or later."""
