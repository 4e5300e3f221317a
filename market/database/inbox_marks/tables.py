"""The table of marks in inboxes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table

from market.database.metadata import PLATFORM, key_column, time_column

INBOX_MARK = Table(
    "inbox_mark",
    PLATFORM,
    key_column("user_id", "Who is done with it. Immutable.", of="person.user_id"),
    key_column("kind", "What was to be done (market.entities.inbox). Immutable."),
    key_column("about", "Of which job, dataset, request or token. Immutable."),
    Column(
        "since",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="Since when it waited. Immutable (unix seconds)",
    ),
    time_column("marked_at", "When they said so. Immutable"),
)
