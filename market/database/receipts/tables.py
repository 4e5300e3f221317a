"""The portal's tables of the agents' chains of receipts."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Integer, Table, UniqueConstraint

from market.database.metadata import PLATFORM, ROW_NUMBER, key_column, text_column, time_column

CHAIN: Final = Table(
    "receipt_chain",
    PLATFORM,
    key_column("agent", "Agent's key. Immutable, as the whole row."),
    Column("sequence", Integer, primary_key=True, comment="From 1, without gaps."),
    text_column("document", "The receipt as the agent signed it."),
    time_column("received_at", "When it came"),
    CheckConstraint("sequence >= 1", name="sequence"),
)

FORK: Final = Table(
    "receipt_fork",
    PLATFORM,
    Column(
        "fork",
        ROW_NUMBER,
        primary_key=True,
        autoincrement=True,
        comment="Number in order of writing. Immutable, as the whole row.",
    ),
    text_column("agent", "Agent's key."),
    text_column("receipt_hash", "Of the receipt that was refused."),
    text_column("held", "The receipt in the chain, as the agent signed it."),
    text_column("offered", "The one that was refused, as the agent signed it."),
    time_column("seen_at", "When it first came"),
    UniqueConstraint("agent", "receipt_hash"),
    sqlite_autoincrement=True,
)
