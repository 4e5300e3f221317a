"""What each release opened, sum by sum, in place of the identity of the whole."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import text
from market.database.migrations.opened_sums import create_opened_sums, drop_opened_sums

revision = "agent_0007"
down_revision = "agent_0006"
branch_labels = None
depends_on = None

_OPENING = "What it opened (market.pricing.opening). Immutable."


def upgrade() -> None:
    create_opened_sums()
    op.drop_index("ix_agent_release_opening_buyer", "agent_release")
    with op.batch_alter_table("agent_release") as table:
        table.drop_column("opening")


def downgrade() -> None:
    with op.batch_alter_table("agent_release") as table:
        table.add_column(text("opening", _OPENING, nullable=True))
    op.execute("UPDATE agent_release SET opening = request_hash")
    with op.batch_alter_table("agent_release") as table:
        table.alter_column("opening", existing_type=sa.Text(), nullable=False)
    op.create_index("ix_agent_release_opening_buyer", "agent_release", ["opening", "buyer"])
    drop_opened_sums()
