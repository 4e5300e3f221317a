"""What each release opened, sum by sum, in place of the identity of what a job opens."""

from __future__ import annotations

from alembic import op

from market.database.migrations.columns import text
from market.database.migrations.opened_sums import create_opened_sums, drop_opened_sums

revision = "platform_0013"
down_revision = "platform_0012"
branch_labels = None
depends_on = None

_OPENING = "What it opens (market.pricing.opening). Mutable, once."


def upgrade() -> None:
    create_opened_sums()
    op.drop_index("ix_job_opening_buyer_key", "job")
    with op.batch_alter_table("job") as table:
        table.drop_column("opening")


def downgrade() -> None:
    with op.batch_alter_table("job") as table:
        table.add_column(text("opening", _OPENING, nullable=True))
    op.create_index("ix_job_opening_buyer_key", "job", ["opening", "buyer_key"])
    drop_opened_sums()
