"""The tables of notices: where users are told of what waits, and what is still to be told."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, UniqueConstraint

from market.database.metadata import (
    PLATFORM,
    key_column,
    text_column,
    time_column,
    user_column,
)

NOTICE_ADDRESS = Table(
    "notice_address",
    PLATFORM,
    key_column("user_id", "Who is told there.", of="person.user_id"),
    key_column("channel", "mail or hook."),
    text_column("address", "A mail address or a URL. Mutable, by a new address."),
    text_column(
        "secret_hash",
        "SHA-256, in hex, of the secret that confirms it; empty once it is confirmed. Mutable.",
    ),
    time_column("made_at", "When it was given. Mutable, by a new address"),
    text_column("failure", "Code of what went wrong the last time, or empty. Mutable."),
    CheckConstraint("channel IN ('mail', 'hook')", name="channel"),
)

NOTICE = Table(
    "notice",
    PLATFORM,
    key_column("notice_id", "32 hex characters. Immutable."),
    user_column("Whom it is told. Immutable."),
    text_column("channel", "mail or hook. Immutable."),
    text_column("kind", "What is to be done (market.entities.inbox). Immutable."),
    text_column("subject", "About what. Immutable."),
    time_column("since", "Since when it waits. Immutable"),
    text_column("text", "In words. Immutable."),
    text_column("path", "The portal's page. Immutable."),
    time_column("made_at", "When it was noted. Immutable"),
    Column("tries", Integer, nullable=False, comment="Attempts to send it. Mutable."),
    time_column("next_try_at", "When it is due, or null. Mutable", nullable=True),
    UniqueConstraint("user_id", "channel", "kind", "subject", "since"),
    Index("ix_notice_next_try_at", "next_try_at"),
    Index("ix_notice_made_at", "made_at"),
)
