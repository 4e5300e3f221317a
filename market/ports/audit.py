"""The trail of administrators' acts: entries are added at its end, and nothing else is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from market.records.audit import AuditEntry
from market.records.signed import Signed


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """One row as it is found, whatever somebody made of it: reading it is not believing it."""

    number: int
    document: str


class AuditTrail(Protocol):
    def append(self, entry: Callable[[int, str], Signed[AuditEntry]]) -> Signed[AuditEntry]:
        """Add the entry that is made of the next number and of the hash of the newest document.

        Of two that add at the same time each gets a number of its own; `entry` is then called
        again. It is stored when this returns.
        """

    def after(self, number: int, *, limit: int) -> list[KeptEntry]:
        """Entries from behind a number, oldest first."""

    def before(self, number: int | None, *, limit: int) -> list[KeptEntry]:
        """Entries below a number, newest first; None begins with the newest."""
