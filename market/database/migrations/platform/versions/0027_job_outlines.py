"""What a list tells of a job without reading its documents: subject, statistics, prices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "platform_0027"
down_revision = "platform_0026"
branch_labels = None
depends_on = None

_COLUMNS = {
    "subject": "First line of the commit's message. Mutable, once.",
    "statistics": "What the plan asks, in few words. Mutable, once.",
    "prices_cents": "What each dataset asked costs, in order, separated by spaces. Mutable, once.",
}


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        for name, comment in _COLUMNS.items():
            job.add_column(
                sa.Column(name, sa.Text(), nullable=False, server_default="", comment=comment)
            )
    with op.batch_alter_table("job") as job:
        for name in _COLUMNS:
            job.alter_column(name, existing_type=sa.Text(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("job") as job:
        for name in _COLUMNS:
            job.drop_column(name)
