"""Jobs of runs that were refused at once: of no dataset, or with a program's own words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "platform_0005"
down_revision = "platform_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    says = "What the program left about its end, its own words. Mutable, once."
    with op.batch_alter_table("job") as job:
        job.alter_column(
            "version",
            existing_type=sa.Integer(),
            nullable=True,
            existing_comment="Its version. Immutable.",
            comment="Its version; NULL when there is no such dataset. Immutable.",
        )
        job.add_column(
            sa.Column("program_says", sa.Text(), nullable=False, server_default="", comment=says)
        )
    with op.batch_alter_table("job") as job:
        job.alter_column(
            "program_says", existing_type=sa.Text(), existing_comment=says, server_default=None
        )


def downgrade() -> None:
    op.execute("DELETE FROM job_event WHERE job IN (SELECT job FROM job WHERE version IS NULL)")
    op.execute("DELETE FROM job WHERE version IS NULL")
    with op.batch_alter_table("job") as job:
        job.drop_column("program_says")
        job.alter_column(
            "version",
            existing_type=sa.Integer(),
            nullable=False,
            existing_comment="Its version; NULL when there is no such dataset. Immutable.",
            comment="Its version. Immutable.",
        )
