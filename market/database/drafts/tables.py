"""The table of drafts, each kept as one document (market.entities.draft)."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table

from market.database.metadata import (
    PLATFORM,
    ROW_NUMBER,
    reference_column,
    text_column,
    time_column,
)

DRAFT = Table(
    "draft",
    PLATFORM,
    Column(
        "number",
        ROW_NUMBER,
        primary_key=True,
        autoincrement=True,
        comment="By which a client takes it up; used once. Immutable.",
    ),
    reference_column("organisation", "organisation.organisation", "Whose. Immutable."),
    text_column("content", "What is typed so far, JSON. Mutable."),
    Column("revision", Integer, nullable=False, comment="Counts its changes. Mutable."),
    reference_column("started_by", "person.user_id", "Who began it. Immutable."),
    time_column("started_at", "When it began. Immutable"),
    reference_column("saved_by", "person.user_id", "Who changed it last. Mutable."),
    time_column("saved_at", "When it changed last. Mutable"),
    reference_column(
        "taken_by", "person.user_id", "Whose client took it up. Mutable.", nullable=True
    ),
    Column("taken_at", BigInteger, comment="When that was (unix seconds). Mutable."),
    Column("taken_revision", Integer, comment="Which revision it took. Mutable."),
    CheckConstraint("revision >= 1", name="revision"),
    CheckConstraint(
        "(taken_by IS NULL) = (taken_at IS NULL) AND (taken_by IS NULL) = (taken_revision IS NULL)",
        name="taken",
    ),
    Index("ix_draft_organisation", "organisation"),
    sqlite_autoincrement=True,
)
