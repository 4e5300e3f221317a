"""The table of the audit trail."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Integer, Table

from market.database.metadata import PLATFORM, text_column

AUDIT: Final = Table(
    "audit_entry",
    PLATFORM,
    Column(
        "number",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="From 1, without gaps. Immutable, as the whole row.",
    ),
    text_column("document", "The entry as the platform signed it, canonical JSON."),
    CheckConstraint("number >= 1", name="number"),
)
