"""The owner's word that a version goes."""

from __future__ import annotations

from alembic import op

from market.database.migrations.columns import text

revision = "platform_0029"
down_revision = "platform_0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("dataset_version") as version:
        version.add_column(
            text("drop_word", "The owner's signed word that it goes. Mutable, once.", nullable=True)
        )


def downgrade() -> None:
    with op.batch_alter_table("dataset_version") as version:
        version.drop_column("drop_word")
