"""The budget ledger."""

from __future__ import annotations

from market.database.migrations.ledger_baseline import create_ledger, drop_ledger

revision = "platform_0003"
down_revision = "platform_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_ledger()


def downgrade() -> None:
    drop_ledger()
