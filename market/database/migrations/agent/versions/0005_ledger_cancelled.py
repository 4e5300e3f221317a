"""What a ledger gives back is called cancelled."""

from __future__ import annotations

from market.database.migrations.ledger_cancelled import rename_to_cancelled, rename_to_released

revision = "agent_0005"
down_revision = "agent_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    rename_to_cancelled()


def downgrade() -> None:
    rename_to_released()
