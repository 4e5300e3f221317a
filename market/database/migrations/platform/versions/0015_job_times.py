"""Jobs are counted by state and time without reading what ended long ago."""

from __future__ import annotations

from alembic import op

revision = "platform_0015"
down_revision = "platform_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_job_state_updated_at", "job", ["state", "updated_at"])


def downgrade() -> None:
    op.drop_index("ix_job_state_updated_at", "job")
