"""Appointments in SQL: signed documents as their exact text, verified again when they are read."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from market.database.appointments.tables import AGENT_APPOINTMENT
from market.database.engine import Database, insert_new
from market.policy.listing.appointment import is_next
from market.records.appointment import AgentAppointment
from market.records.signed import Signed, open_signed


@dataclass(frozen=True, slots=True)
class SqlAppointments:
    """market.ports.appointments.Appointments over a database."""

    database: Database

    def add(self, owner: str, appointment: Signed[AgentAppointment], *, now: int) -> None:
        """See the port; raises Conflict (`agent-appointed`)."""

        def step(connection: Connection) -> None:
            kept = _of_owner(connection, owner)
            if not is_next(appointment, kept[-1] if kept else None):
                return
            added = insert_new(
                connection,
                AGENT_APPOINTMENT,
                owner=owner,
                number=appointment.record.number,
                document=appointment.encode().decode(),
                received_at=now,
            )
            if not added:
                # Another came between reading and writing: its number is taken.
                is_next(appointment, _of_owner(connection, owner)[-1])

        self.database.run(step)

    def of_owner(self, owner: str) -> list[Signed[AgentAppointment]]:
        """See the port; every signature is verified again."""
        with self.database.reading() as connection:
            return _of_owner(connection, owner)


def _of_owner(connection: Connection, owner: str) -> list[Signed[AgentAppointment]]:
    rows = connection.execute(
        select(AGENT_APPOINTMENT.c.document)
        .where(AGENT_APPOINTMENT.c.owner == owner)
        .order_by(AGENT_APPOINTMENT.c.number)
    )
    return [open_signed(AgentAppointment, text.encode()) for text in rows.scalars()]
