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

from market.database.metadata import NAMES, ROW_NUMBER, key_column, text_column

METADATA: Final = MetaData(naming_convention=NAMES)

STATE = Table(
    "agent_state",
    METADATA,
    key_column("key", "Name of a state. Immutable."),
    text_column("value", "Mutable."),
)

SPENT_NONCE = Table(
    "agent_spent_nonce",
    METADATA,
    key_column("nonce", "request/<nonce> or approval/<nonce>. Immutable."),
    text_column("request_hash", "The request it released. Immutable."),
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
    text_column("document", "The signed receipt. Immutable."),
    CheckConstraint("sequence >= 1", name="sequence"),
)

RELEASE = Table(
    "agent_release",
    METADATA,
    key_column("request_hash", "The request answered. Immutable."),
    text_column("job", "Immutable."),
    text_column("buyer", "Fingerprint of the buyer's key. Immutable."),
    Column(
        "sequence",
        BigInteger,
        ForeignKey("agent_receipt.sequence"),
        nullable=False,
        unique=True,
        comment="Its receipt. Immutable.",
    ),
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
    text_column("job", "Immutable."),
    text_column("kind", "approval, refusal, release or abort. Immutable."),
    text_column("document", "Signed text, sent as it is. Immutable."),
    text_column("beside", "Signed text that is sent with it, if any. Immutable.", nullable=True),
    text_column("outcome", "Empty, delivered, or closed:<code>. Mutable."),
    UniqueConstraint("job", "kind"),
    CheckConstraint("kind IN ('approval', 'refusal', 'release', 'abort')", name="kind"),
    CheckConstraint("kind <> 'release' OR beside IS NOT NULL", name="beside"),
    sqlite_autoincrement=True,
)

SESSION = Table(
    "agent_session",
    METADATA,
    key_column("job", "Immutable."),
    text_column("request_hash", "The request that was charged. Immutable."),
    text_column("run", "market.vault.store.sessions.Run, canonical JSON. Immutable."),
    Column("charged_at", BigInteger, nullable=False, comment="Unix seconds. Immutable."),
    Column("is_over", Integer, nullable=False, comment="1 once its reply is stored. Mutable."),
    CheckConstraint("is_over IN (0, 1)", name="is_over"),
)
"""Sessions of a consortium that were charged; there is nothing to remember of others."""

PUBLICATION = Table(
    "publication",
    METADATA,
    key_column("dataset", "Immutable."),
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
    key_column("dataset", "Immutable."),
    Column("version", Integer, primary_key=True, autoincrement=False, comment="Immutable."),
    key_column("lineage", "Opaque identifier. Immutable."),
    ForeignKeyConstraint(
        ["dataset", "version"], ["publication.dataset", "publication.version"], ondelete="CASCADE"
    ),
    sqlite_with_rowid=False,
)

PUBLICATION_UNIT = Table(
    "publication_unit",
    METADATA,
    Column("unit", LargeBinary, primary_key=True, comment="Keyed hash of a unit's id. Immutable."),
    key_column("dataset", "Immutable."),
    Column("version", Integer, primary_key=True, autoincrement=False, comment="Immutable."),
    ForeignKeyConstraint(
        ["dataset", "version"], ["publication.dataset", "publication.version"], ondelete="CASCADE"
    ),
    Index("ix_publication_unit_dataset_version", "dataset", "version"),
    sqlite_with_rowid=False,
)
