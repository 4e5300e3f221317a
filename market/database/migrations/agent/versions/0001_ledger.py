"""The budget ledger."""

from __future__ import annotations

from market.database.migrations.ledger_baseline import create_ledger, drop_ledger

revision = "agent_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_ledger()


def downgrade() -> None:
    drop_ledger()
