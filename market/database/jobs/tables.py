"""The tables of jobs. Documents are kept as the exact canonical text; times are unix seconds."""

from __future__ import annotations

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
)

from market.database.metadata import PLATFORM, ROW_NUMBER, text_column, time_column

JOB = Table(
    "job",
    PLATFORM,
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
    PLATFORM,
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
