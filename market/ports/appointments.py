"""Which agent every owner has appointed, each appointment kept as it was signed."""

from __future__ import annotations

from typing import Protocol

from market.records.appointment import AgentAppointment
from market.records.signed import Signed


class Appointments(Protocol):
    def add(self, owner: str, appointment: Signed[AgentAppointment], *, now: int) -> None:
        """Keep an owner's next appointment; the newest again changes nothing.

        Raises:
            Conflict: `agent-appointed`: its number is not the next one.
        """

    def of_owner(self, owner: str) -> list[Signed[AgentAppointment]]:
        """Every appointment of an owner, by number; the last one counts."""
