"""The catalogue's tables: names, datasets, their versions, standings and uploads, lineages, access.

Signed documents are kept as the exact canonical text that was signed; times are unix seconds.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    text,
)

from market.database.metadata import (
    PLATFORM,
    key_column,
    reference_column,
    text_column,
    time_column,
    user_column,
)

CATALOGUE_NAME = Table(
    "catalogue_name",
    PLATFORM,
    key_column("name", "A name that a plan can ask. Immutable, as the whole row."),
    text_column("kind", "What it names: dataset or consortium."),
    CheckConstraint("kind IN ('dataset', 'consortium')", name="kind"),
)

DATASET = Table(
    "dataset",
    PLATFORM,
    key_column("dataset", "Dataset id. Immutable."),
    reference_column("owner", "person.user_id", "Who claimed the id. Immutable."),
    Column(
        "newest_version",
        Integer,
        nullable=False,
        comment="Newest published version, 0 before the first. Mutable, by 1.",
    ),
    text_column("standing", "listed, paused or withdrawn (for good). Mutable."),
    time_column("changed_at", "Last publication or change of standing. Mutable", nullable=True),
    CheckConstraint("standing IN ('listed', 'paused', 'withdrawn')", name="standing"),
    CheckConstraint("newest_version >= 0", name="newest_version"),
    Index("ix_dataset_owner", "owner"),
)

DATASET_STANDING = Table(
    "dataset_standing",
    PLATFORM,
    key_column("dataset", "The dataset. Immutable, as the whole row.", of="dataset.dataset"),
    Column("number", Integer, primary_key=True, comment="The owner's number; the highest counts."),
    text_column("document", "The owner's signed standing."),
    time_column("received_at", "When it came"),
    CheckConstraint("number >= 1", name="number"),
)

DATASET_VERSION = Table(
    "dataset_version",
    PLATFORM,
    key_column("dataset", "The dataset. Immutable, as the whole row.", of="dataset.dataset"),
    Column("version", Integer, primary_key=True, comment="From 1, without gaps."),
    reference_column(
        "organisation", "organisation.organisation", "The owner's organisation at publication."
    ),
    text_column("listing", "The owner's signed listing."),
    text_column("manifest", "The owner's signed manifest."),
    time_column("published_at", "Publication"),
    Column(
        "stored_bytes",
        BigInteger,
        nullable=False,
        comment="Size of all chunks that the manifest names, in bytes.",
    ),
    Column(
        "counted_bytes",
        BigInteger,
        nullable=False,
        comment="Of these what no newer version names; what was freed once deleted. Mutable.",
    ),
    text_column("drop_word", "The owner's signed word that it goes. Mutable, once.", nullable=True),
    time_column("dropping_at", "When their deletion began. Mutable, once", nullable=True),
    time_column("dropped_at", "When the last was deleted. Mutable, once", nullable=True),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("stored_bytes >= 0", name="stored_bytes"),
    CheckConstraint("counted_bytes >= 0", name="counted_bytes"),
    CheckConstraint("dropped_at IS NULL OR dropping_at IS NOT NULL", name="dropped_at"),
    # Whoever looks after storage reads no document.
    Index(
        "ix_dataset_version_storage",
        "dataset",
        "version",
        "published_at",
        "stored_bytes",
        "counted_bytes",
        "dropping_at",
        "dropped_at",
    ),
)

LISTING_EDITION = Table(
    "listing_edition",
    PLATFORM,
    key_column("dataset", "The dataset. Immutable, as the whole row."),
    Column("version", Integer, primary_key=True, comment="Of which version."),
    Column("edition", Integer, primary_key=True, comment="After the first, 1; the highest counts."),
    text_column("document", "The owner's signed listing."),
    time_column("received_at", "When it came"),
    CheckConstraint("edition > 1", name="edition"),
    ForeignKeyConstraint(
        ["dataset", "version"], ["dataset_version.dataset", "dataset_version.version"]
    ),
)

DATASET_OFFER = Table(
    "dataset_offer",
    PLATFORM,
    key_column("dataset", "The dataset. Immutable.", of="dataset.dataset"),
    text_column(
        "search_text",
        "Case-folded title, summary, column names, meanings, by line, of the newest listing. "
        "Mutable, as the whole row, by a version or an edition.",
    ),
    text_column("access", "As its policy says: open, request or invitation."),
    Column("price_cents", BigInteger, nullable=False, comment="What a job on it costs, in cents."),
    text_column("licence", "As the listing says."),
    text_column("parameters", "The set that the newest version is encrypted under."),
    text_column("lineages", "Of the newest manifest, in order, separated by spaces."),
    Column("epoch", BigInteger, nullable=False, comment="Of the newest manifest: the period."),
    CheckConstraint("access IN ('open', 'request', 'invitation')", name="access"),
    CheckConstraint("price_cents >= 0", name="price_cents"),
)

UPLOAD = Table(
    "upload",
    PLATFORM,
    key_column("owner", "Who sends it. Immutable.", of="person.user_id"),
    key_column("dataset", "As what it is to be published; no name is claimed by it. Immutable."),
    Column("version", Integer, primary_key=True, comment="From 1. Immutable."),
    time_column("sent_at", "When the last chunk was announced. Mutable"),
    time_column("dropping_at", "When its deletion began. Mutable, once", nullable=True),
    CheckConstraint("version >= 1", name="version"),
)

UPLOAD_CHUNK = Table(
    "upload_chunk",
    PLATFORM,
    key_column("key", "The object's key. Immutable."),
    text_column("owner", "Whose upload. Immutable."),
    text_column("dataset", "Of what. Immutable."),
    Column("version", Integer, nullable=False, comment="Of which version. Immutable."),
    Column("size_bytes", BigInteger, nullable=False, comment="As announced, in bytes. Mutable."),
    CheckConstraint("size_bytes >= 0", name="size_bytes"),
    ForeignKeyConstraint(
        ["owner", "dataset", "version"], ["upload.owner", "upload.dataset", "upload.version"]
    ),
    Index("ix_upload_chunk_upload", "owner", "dataset", "version", "size_bytes"),
)

LINEAGE = Table(
    "lineage",
    PLATFORM,
    key_column("lineage", "Lineage id of a manifest. Immutable."),
    reference_column(
        "owner", "person.user_id", "Who published it first: its budget is theirs. Immutable."
    ),
)

ACCESS_GRANT = Table(
    "access_grant",
    PLATFORM,
    key_column("grant_id", "The grant's own id. Immutable."),
    reference_column("dataset", "dataset.dataset", "The dataset. Immutable."),
    text_column("buyer", "Fingerprint of the buyer's identity key. Immutable."),
    text_column("document", "The owner's signed grant. Immutable."),
    time_column("issued_at", "Issue of the grant, as it says. Immutable"),
    time_column("expires_at", "End of the grant. Immutable"),
    time_column("added_at", "Receipt of the grant. Immutable"),
    text_column("revocation", "The owner's signed revocation. Mutable, once.", nullable=True),
    time_column("revoked_at", "Receipt of the revocation. Mutable, once", nullable=True),
    CheckConstraint("(revocation IS NULL) = (revoked_at IS NULL)", name="revocation"),
    Index("ix_access_grant_dataset_buyer", "dataset", "buyer"),
)

ACCESS_REQUEST = Table(
    "access_request",
    PLATFORM,
    key_column("request", "Random id. Immutable."),
    reference_column("dataset", "dataset.dataset", "What is asked for. Immutable."),
    user_column("Who asks. Immutable."),
    reference_column("organisation", "organisation.organisation", "Their organisation. Immutable."),
    text_column("buyer_fingerprint", "Fingerprint of their identity key. Immutable."),
    text_column("purpose", "Their words. Immutable."),
    text_column("state", "waiting, then granted or declined. Mutable, once."),
    time_column("created_at", "When they asked. Immutable"),
    text_column("answer", "The owner's words to a refusal. Mutable, once.", nullable=True),
    CheckConstraint("state IN ('waiting', 'granted', 'declined')", name="state"),
    Index("ix_access_request_dataset", "dataset"),
    Index(
        "uq_access_request_waiting",
        "dataset",
        "buyer_fingerprint",
        unique=True,
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)
