"""The agent's tables beside the ledger's. Documents are kept as the exact text that was signed.

They are made by the migrations of the `agent` branch; a test holds the two to each other.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from market.database.metadata import NAMES, ROW_NUMBER

METADATA: Final = MetaData(naming_convention=NAMES)

STATE = Table(
    "agent_state",
    METADATA,
    Column("key", Text, primary_key=True, comment="Name of a state. Immutable."),
    Column("value", Text, nullable=False, comment="Mutable."),
)

SPENT_NONCE = Table(
    "agent_spent_nonce",
    METADATA,
    Column(
        "nonce", Text, primary_key=True, comment="request/<nonce> or approval/<nonce>. Immutable."
    ),
    Column("request_hash", Text, nullable=False, comment="The request it released. Immutable."),
)

RECEIPT = Table(
    "agent_receipt",
    METADATA,
    Column(
        "sequence", BigInteger, primary_key=True, autoincrement=False, comment="From 1. Immutable."
    ),
    Column(
        "receipt_hash",
        Text,
        nullable=False,
        unique=True,
        comment="Of the signed receipt. Immutable.",
    ),
    Column("document", Text, nullable=False, comment="The signed receipt. Immutable."),
    CheckConstraint("sequence >= 1", name="sequence"),
)

RELEASE = Table(
    "agent_release",
    METADATA,
    Column("request_hash", Text, primary_key=True, comment="The request answered. Immutable."),
    Column("job", Text, nullable=False, comment="Immutable."),
    Column("buyer", Text, nullable=False, comment="Fingerprint of the buyer's key. Immutable."),
    Column(
        "opening",
        Text,
        nullable=False,
        comment="What it opened (market.pricing.opening). Immutable.",
    ),
    Column(
        "sequence",
        BigInteger,
        ForeignKey("agent_receipt.sequence"),
        nullable=False,
        unique=True,
        comment="Its receipt. Immutable.",
    ),
    Index("ix_agent_release_opening_buyer", "opening", "buyer"),
)

REPLY = Table(
    "agent_reply",
    METADATA,
    Column(
        "reply",
        ROW_NUMBER,
        primary_key=True,
        autoincrement=True,
        comment="Number in order of sending. Immutable.",
    ),
    Column("job", Text, nullable=False, comment="Immutable."),
    Column("kind", Text, nullable=False, comment="approval, refusal or release. Immutable."),
    Column("document", Text, nullable=False, comment="Signed text, sent as it is. Immutable."),
    Column("receipt", Text, nullable=True, comment="A release's signed receipt. Immutable."),
    Column("outcome", Text, nullable=False, comment="Empty, delivered, or closed:<code>. Mutable."),
    UniqueConstraint("job", "kind"),
    CheckConstraint("kind IN ('approval', 'refusal', 'release')", name="kind"),
    CheckConstraint("(kind = 'release') = (receipt IS NOT NULL)", name="receipt"),
    sqlite_autoincrement=True,
)

PUBLICATION = Table(
    "publication",
    METADATA,
    Column("dataset", Text, primary_key=True, comment="Immutable."),
    Column("version", Integer, primary_key=True, autoincrement=False, comment="Immutable."),
    Column("epoch", Integer, nullable=False, comment="Its people's budget period. Immutable."),
    Column(
        "has_ids", Integer, nullable=False, comment="1 when its people are known by id. Immutable."
    ),
    Column("budget_rho_units", BigInteger, nullable=False, comment="Of one epoch. Immutable."),
    Column(
        "total_rho_units", BigInteger, nullable=True, comment="Over all epochs, if any. Immutable."
    ),
    Column(
        "is_listed", Integer, nullable=False, comment="1 from the portal's acceptance on. Mutable."
    ),
    CheckConstraint("has_ids IN (0, 1)", name="has_ids"),
    CheckConstraint("is_listed IN (0, 1)", name="is_listed"),
)
"""Every table of the owner, from before it is encrypted; see market.vault.store.lineages."""

PUBLICATION_LINEAGE = Table(
    "publication_lineage",
    METADATA,
    Column("dataset", Text, primary_key=True, comment="Immutable."),
    Column("version", Integer, primary_key=True, autoincrement=False, comment="Immutable."),
    Column("lineage", Text, primary_key=True, comment="Opaque identifier. Immutable."),
    ForeignKeyConstraint(
        ["dataset", "version"], ["publication.dataset", "publication.version"], ondelete="CASCADE"
    ),
    sqlite_with_rowid=False,
)

PUBLICATION_UNIT = Table(
    "publication_unit",
    METADATA,
    Column("unit", LargeBinary, primary_key=True, comment="Keyed hash of a unit's id. Immutable."),
    Column("dataset", Text, primary_key=True, comment="Immutable."),
    Column("version", Integer, primary_key=True, autoincrement=False, comment="Immutable."),
    ForeignKeyConstraint(
        ["dataset", "version"], ["publication.dataset", "publication.version"], ondelete="CASCADE"
    ),
    Index("ix_publication_unit_dataset_version", "dataset", "version"),
    sqlite_with_rowid=False,
)
