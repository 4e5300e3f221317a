"""What each job opens: a release that was made before is found by it.

Jobs of earlier versions have none: noise was derived otherwise then.
"""

from __future__ import annotations

from alembic import op

from market.database.migrations.columns import text

revision = "platform_0006"
down_revision = "platform_0005"
branch_labels = None
depends_on = None

_OPENING = "What it opens (market.pricing.opening). Mutable, once."


def upgrade() -> None:
    with op.batch_alter_table("job") as table:
        table.add_column(text("opening", _OPENING, nullable=True))
    op.create_index("ix_job_opening", "job", ["opening"])


def downgrade() -> None:
    op.drop_index("ix_job_opening", "job")
    with op.batch_alter_table("job") as table:
        table.drop_column("opening")
