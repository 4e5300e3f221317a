"""Jobs whose run Airflow has not taken yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, text

revision = "platform_0019"
down_revision = "platform_0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_run_owed",
        text("job", "A job whose run Airflow has not taken yet. Immutable."),
        text("user", "On whose behalf it starts. Immutable."),
        long("since", "When the job was submitted. Immutable (unix seconds)"),
        sa.ForeignKeyConstraint(["job"], ["job.job"], name=op.f("fk_job_run_owed_job_job")),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_job_run_owed")),
    )


def downgrade() -> None:
    op.drop_table("job_run_owed")
