"""Chunks that several versions name are counted once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "platform_0026"
down_revision = "platform_0025"
branch_labels = None
depends_on = None

_INDEX = "ix_dataset_version_storage"
_BEFORE = ("dataset", "version", "published_at", "stored_bytes", "dropping_at", "dropped_at")
_NOW = (*_BEFORE[:4], "counted_bytes", *_BEFORE[4:])


def upgrade() -> None:
    comment = "Of these what no newer version names; what was freed once deleted. Mutable."
    op.drop_index(_INDEX, "dataset_version")
    with op.batch_alter_table("dataset_version") as version:
        version.add_column(
            sa.Column(
                "counted_bytes",
                sa.BigInteger(),
                nullable=False,
                server_default="0",
                comment=comment,
            )
        )
    # No version before this revision names a chunk of another.
    op.execute("UPDATE dataset_version SET counted_bytes = stored_bytes")
    with op.batch_alter_table("dataset_version") as version:
        version.alter_column("counted_bytes", existing_type=sa.BigInteger(), server_default=None)
        version.create_check_constraint(
            op.f("ck_dataset_version_counted_bytes"), "counted_bytes >= 0"
        )
    op.create_index(_INDEX, "dataset_version", list(_NOW))


def downgrade() -> None:
    op.drop_index(_INDEX, "dataset_version")
    with op.batch_alter_table("dataset_version") as version:
        version.drop_constraint(op.f("ck_dataset_version_counted_bytes"), type_="check")
        version.drop_column("counted_bytes")
    op.create_index(_INDEX, "dataset_version", list(_BEFORE))
