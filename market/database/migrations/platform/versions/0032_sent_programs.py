"""Programs that buyers sent as git bundles, and sealed deploy tokens of jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, text

revision = "platform_0032"
down_revision = "platform_0031"
branch_labels = None
depends_on = None

_PROGRAM, _TOKEN = "sent_program", "job_token"


def upgrade() -> None:
    op.create_table(
        _PROGRAM,
        text("organisation", "Whose. Immutable."),
        text("digest", "SHA-256 (hex) of the git bundle. Immutable."),
        long("size_bytes", "Of the bundle. Immutable."),
        long("needed_at", "When it was last sent, or named by a job. Mutable (unix seconds)"),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_sent_program_size_bytes")),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.organisation"],
            name=op.f("fk_sent_program_organisation"),
        ),
        sa.PrimaryKeyConstraint("organisation", "digest", name=op.f("pk_sent_program")),
    )
    op.create_index("ix_sent_program_digest", _PROGRAM, ["digest"])
    op.create_index("ix_sent_program_needed_at", _PROGRAM, ["needed_at"])
    op.create_table(
        _TOKEN,
        text("job", "The job whose repository it opens. Immutable."),
        text(
            "sealed",
            "A deploy token, sealed to the platform's secret repository-tokens. Immutable; the row "
            "is deleted once the job is planned or has ended.",
        ),
        sa.ForeignKeyConstraint(["job"], ["job.job"], name=op.f("fk_job_token_job")),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_job_token")),
    )


def downgrade() -> None:
    op.drop_table(_TOKEN)
    op.drop_table(_PROGRAM)
