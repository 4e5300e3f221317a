"""The tables of what buyers hand over with a program."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table

from market.database.metadata import PLATFORM, key_column, text_column, time_column

SENT_PROGRAM = Table(
    "sent_program",
    PLATFORM,
    key_column("organisation", "Whose. Immutable.", of="organisation.organisation"),
    key_column("digest", "SHA-256 (hex) of the git bundle. Immutable."),
    Column("size_bytes", BigInteger, nullable=False, comment="Of the bundle. Immutable."),
    time_column("needed_at", "When it was last sent, or named by a job. Mutable"),
    CheckConstraint("size_bytes >= 0", name="size_bytes"),
    Index("ix_sent_program_digest", "digest"),
    Index("ix_sent_program_needed_at", "needed_at"),
)

JOB_TOKEN = Table(
    "job_token",
    PLATFORM,
    key_column("job", "The job whose repository it opens. Immutable.", of="job.job"),
    text_column(
        "sealed",
        "A deploy token, sealed to the platform's secret repository-tokens. Immutable; the row is "
        "deleted once the job is planned or has ended.",
    ),
)
