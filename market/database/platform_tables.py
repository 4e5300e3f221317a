"""The portal's tables of datasets and jobs; with those of people and the ledger, all it keeps.

Signed documents are kept as the exact canonical text that was signed; times are unix seconds.
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
    Table,
    Text,
    UniqueConstraint,
    text,
)

from market.database.ledger.tables import ROW_NUMBER
from market.database.people.tables import (
    PEOPLE_METADATA,
    text_column,
    time_column,
    user_column,
)

# One MetaData, since foreign keys lead from jobs and datasets to people.
METADATA: Final = PEOPLE_METADATA

DATASET = Table(
    "dataset",
    METADATA,
    Column("dataset", Text, primary_key=True, comment="Dataset id. Immutable."),
    Column(
        "owner",
        Text,
        ForeignKey("person.user_id"),
        nullable=False,
        comment="Who claimed the id. Immutable.",
    ),
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
    METADATA,
    Column(
        "dataset",
        Text,
        ForeignKey("dataset.dataset"),
        primary_key=True,
        comment="The dataset. Immutable, as the whole row.",
    ),
    Column("number", Integer, primary_key=True, comment="The owner's number; the highest counts."),
    text_column("document", "The owner's signed standing."),
    time_column("received_at", "When it came"),
    CheckConstraint("number >= 1", name="number"),
)

DATASET_VERSION = Table(
    "dataset_version",
    METADATA,
    Column(
        "dataset",
        Text,
        ForeignKey("dataset.dataset"),
        primary_key=True,
        comment="The dataset. Immutable, as the whole row.",
    ),
    Column("version", Integer, primary_key=True, comment="From 1, without gaps."),
    Column(
        "organisation",
        Text,
        ForeignKey("organisation.organisation"),
        nullable=False,
        comment="The owner's organisation at publication.",
    ),
    text_column("listing", "The owner's signed listing."),
    text_column("manifest", "The owner's signed manifest."),
    text_column("search_text", "Case-folded title, summary, column names, meanings, by line."),
    time_column("published_at", "Publication"),
    CheckConstraint("version >= 1", name="version"),
)

LINEAGE = Table(
    "lineage",
    METADATA,
    Column("lineage", Text, primary_key=True, comment="Lineage id of a manifest. Immutable."),
    Column(
        "owner",
        Text,
        ForeignKey("person.user_id"),
        nullable=False,
        comment="Who published it first: its budget is theirs. Immutable.",
    ),
)

AGENT_APPOINTMENT = Table(
    "agent_appointment",
    METADATA,
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

ACCESS_GRANT = Table(
    "access_grant",
    METADATA,
    Column("grant_id", Text, primary_key=True, comment="The grant's own id. Immutable."),
    Column(
        "dataset",
        Text,
        ForeignKey("dataset.dataset"),
        nullable=False,
        comment="The dataset. Immutable.",
    ),
    text_column("buyer", "Fingerprint of the buyer's identity key. Immutable."),
    text_column("document", "The owner's signed grant. Immutable."),
    time_column("expires_at", "End of the grant. Immutable"),
    time_column("added_at", "Receipt of the grant. Immutable"),
    text_column("revocation", "The owner's signed revocation. Mutable, once.", nullable=True),
    time_column("revoked_at", "Receipt of the revocation. Mutable, once", nullable=True),
    CheckConstraint("(revocation IS NULL) = (revoked_at IS NULL)", name="revocation"),
    Index("ix_access_grant_dataset_buyer", "dataset", "buyer"),
)

ACCESS_REQUEST = Table(
    "access_request",
    METADATA,
    Column("request", Text, primary_key=True, comment="Random id. Immutable."),
    Column(
        "dataset",
        Text,
        ForeignKey("dataset.dataset"),
        nullable=False,
        comment="What is asked for. Immutable.",
    ),
    user_column("Who asks. Immutable."),
    Column(
        "organisation",
        Text,
        ForeignKey("organisation.organisation"),
        nullable=False,
        comment="Their organisation. Immutable.",
    ),
    text_column("buyer_fingerprint", "Fingerprint of their identity key. Immutable."),
    text_column("purpose", "Their words. Immutable."),
    text_column("state", "waiting, then granted or declined. Mutable, once."),
    time_column("created_at", "When they asked. Immutable"),
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

JOB = Table(
    "job",
    METADATA,
    Column("job", Text, primary_key=True, comment="Job id. Immutable."),
    text_column("run", "Airflow run, dag_id/run_id. Immutable."),
    Column(
        "organisation",
        Text,
        ForeignKey("organisation.organisation"),
        nullable=False,
        comment="The buyer's organisation. Immutable.",
    ),
    Column(
        "buyer",
        Text,
        ForeignKey("person.user_id"),
        nullable=False,
        comment="Who submitted it. Immutable.",
    ),
    text_column("buyer_key", "Public key (hex) the request must be signed with. Immutable."),
    text_column("dataset", "Dataset asked. Immutable."),
    Column(
        "version",
        Integer,
        nullable=True,
        comment="Its version; NULL when there is no such dataset. Immutable.",
    ),
    text_column("repository", "URL of the buyer's repository. Immutable."),
    text_column("commit", "Commit hash, 40 hex characters. Immutable."),
    text_column("epsilon", "What the form asked for, a decimal string. Immutable."),
    text_column("state", "Where it stands (market.entities.job). Mutable, by compare-and-set."),
    time_column("created_at", "Submission. Immutable"),
    time_column("updated_at", "Last change of state. Mutable"),
    time_column("deadline", "End of the present wait. Mutable"),
    Column(
        "rho_units",
        BigInteger,
        nullable=False,
        comment="Price in rho units (1e-12 zCDP), 0 before the plan. Mutable, once.",
    ),
    text_column("plan_hash", "The plan's hash (market.plan). Mutable, once.", nullable=True),
    text_column("plan", "The plan, canonical JSON. Mutable, once.", nullable=True),
    text_column(
        "trace", "Where each statistic was written, canonical JSON. Mutable, once.", nullable=True
    ),
    text_column("quote", "The plan's price, canonical JSON. Mutable, once.", nullable=True),
    text_column("opening", "What it opens (market.pricing.opening). Mutable, once.", nullable=True),
    text_column("request", "The buyer's signed request. Mutable, once.", nullable=True),
    text_column("approval", "The owner's signed approval. Mutable, once.", nullable=True),
    text_column("platform", "The platform's shares, canonical JSON. Mutable, once.", nullable=True),
    text_column(
        "envelope", "The agent's sealed shares (encrypted), signed. Mutable, once.", nullable=True
    ),
    text_column("receipt", "The countersigned receipt. Mutable, once.", nullable=True),
    text_column("refusal", "The owner's signed refusal. Mutable, once.", nullable=True),
    text_column("code", "Why it ended, empty while it runs. Mutable, once."),
    text_column("message", "The same in words. Mutable, once."),
    text_column("next_action", "What to do about it. Mutable, once."),
    text_column(
        "program_says", "What the program left about its end, its own words. Mutable, once."
    ),
    UniqueConstraint("run"),
    ForeignKeyConstraint(
        ["dataset", "version"], ["dataset_version.dataset", "dataset_version.version"]
    ),
    CheckConstraint(
        "state IN ('submitted', 'planned', 'requested', 'approved', 'evaluated', 'released', "
        "'refused', 'failed', 'expired', 'cancelled')",
        name="state",
    ),
    CheckConstraint("rho_units >= 0", name="rho_units"),
    Index("ix_job_organisation_created_at", "organisation", "created_at"),
    Index("ix_job_dataset_state", "dataset", "state"),
    Index("ix_job_state_updated_at", "state", "updated_at"),
    Index("ix_job_opening", "opening"),
)

JOB_EVENT = Table(
    "job_event",
    METADATA,
    Column(
        "event",
        ROW_NUMBER,
        primary_key=True,
        autoincrement=True,
        comment="Number in order of writing. Immutable, as the whole row.",
    ),
    Column("job", Text, ForeignKey("job.job"), nullable=False, comment="The job."),
    time_column("at", "When it happened"),
    text_column("step", "The state reached, or the step of a note."),
    text_column("text", "What a person reads."),
    Index("ix_job_event_job", "job"),
    sqlite_autoincrement=True,
)
