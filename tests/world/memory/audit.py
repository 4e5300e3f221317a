"""The audit trail in a dictionary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from market.ports.audit import KeptEntry
from market.records.audit import FIRST_PREVIOUS, AuditEntry, document_hash
from market.records.signed import Signed


@dataclass
class MemoryAuditTrail:
    documents: dict[int, str] = field(default_factory=dict)
    _turn: Lock = field(default_factory=Lock)

    def append(self, entry: Callable[[int, str], Signed[AuditEntry]]) -> Signed[AuditEntry]:
        with self._turn:
            newest = max(self.documents, default=0)
            previous = document_hash(self.documents[newest]) if newest else FIRST_PREVIOUS
            signed = entry(newest + 1, previous)
            self.documents[newest + 1] = signed.encode().decode()
        return signed

    def after(self, number: int, *, limit: int) -> list[KeptEntry]:
        numbers = sorted(one for one in self.documents if one > number)
        return [KeptEntry(one, self.documents[one]) for one in numbers[:limit]]

    def before(self, number: int | None, *, limit: int) -> list[KeptEntry]:
        numbers = sorted((n for n in self.documents if number is None or n < number), reverse=True)
        return [KeptEntry(one, self.documents[one]) for one in numbers[:limit]]
