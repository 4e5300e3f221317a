"""The table of appointments, each kept as the exact canonical text that was signed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, Table

from market.database.metadata import PLATFORM, key_column, text_column, time_column

AGENT_APPOINTMENT = Table(
    "agent_appointment",
    PLATFORM,
    key_column("owner", "Who appoints. Immutable, as the whole row.", of="person.user_id"),
    Column(
        "number",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="The owner's number; the highest counts.",
    ),
    text_column("document", "The owner's signed appointment."),
    time_column("received_at", "When it came"),
    CheckConstraint("number >= 1", name="number"),
)
