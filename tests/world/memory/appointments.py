"""Appointments in a dictionary."""

from __future__ import annotations

from dataclasses import dataclass, field

from market.policy.listing.appointment import is_next
from market.records.appointment import AgentAppointment
from market.records.signed import Signed


@dataclass
class MemoryAppointments:
    kept: dict[str, list[Signed[AgentAppointment]]] = field(default_factory=dict)

    def add(self, owner: str, appointment: Signed[AgentAppointment], *, now: int) -> None:
        mine = self.kept.setdefault(owner, [])
        if is_next(appointment, mine[-1] if mine else None):
            mine.append(appointment)

    def of_owner(self, owner: str) -> list[Signed[AgentAppointment]]:
        return list(self.kept.get(owner, ()))
