"""Leases, redeemed codes, and the forms."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, Table

from market.database.metadata import PLATFORM, key_column, text_column, time_column

LEASE = Table(
    "lease",
    PLATFORM,
    key_column("name", "What one process does at a time. Immutable."),
    text_column("holder", "The process that does it. Mutable."),
    time_column("expires_at", "Until when, unless it says so again. Mutable"),
)

TROUBLE = Table(
    "housekeeping_trouble",
    PLATFORM,
    key_column("duty", "Of housekeeping. Immutable."),
    text_column("code", "Of what stopped it. Mutable."),
    text_column("process", "The one that led then. Mutable."),
    time_column("since", "When this began. Mutable"),
    time_column("ended_at", "When the duty went well again, null before. Mutable", nullable=True),
)

REDEEMED_CODE = Table(
    "redeemed_code",
    PLATFORM,
    key_column("nonce", "Of a one-time code. Immutable, as the whole row."),
    time_column("expires_at", "When the code is no longer good, and this row needless"),
)

FORMS = Table(
    "forms",
    PLATFORM,
    Column(
        "row",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="Always 1: there is one document.",
    ),
    Column("number", Integer, nullable=False, comment="Grows with every change. Mutable."),
    text_column("document", "All forms, canonical JSON. Mutable."),
    CheckConstraint("row = 1", name="one"),
)
