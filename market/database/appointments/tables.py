"""The table of appointments, each kept as the exact canonical text that was signed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Table, Text

from market.database.metadata import PLATFORM, text_column, time_column

AGENT_APPOINTMENT = Table(
    "agent_appointment",
    PLATFORM,
    Column(
        "owner",
        Text,
        ForeignKey("person.user_id"),
        primary_key=True,
        comment="Who appoints. Immutable, as the whole row.",
    ),
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
