"""Of which version the ciphertext is being deleted, or is stored no more."""

from __future__ import annotations

from alembic import op

from market.database.migrations.columns import long

revision = "platform_0022"
down_revision = "platform_0021"
branch_labels = None
depends_on = None

_TIMES = {
    "dropping_at": "When their deletion began. Mutable, once",
    "dropped_at": "When the last was deleted. Mutable, once",
}
_BEFORE = "ix_dataset_version_dataset_stored_bytes"
_NOW = "ix_dataset_version_storage"
_COVERED = ("dataset", "version", "published_at", "stored_bytes", "dropping_at", "dropped_at")


def upgrade() -> None:
    with op.batch_alter_table("dataset_version") as version:
        for name, comment in _TIMES.items():
            version.add_column(long(name, f"{comment} (unix seconds)", nullable=True))
        version.create_check_constraint(
            op.f("ck_dataset_version_dropped_at"), "dropped_at IS NULL OR dropping_at IS NOT NULL"
        )
    op.drop_index(_BEFORE, "dataset_version")
    op.create_index(_NOW, "dataset_version", list(_COVERED))


def downgrade() -> None:
    op.drop_index(_NOW, "dataset_version")
    op.create_index(_BEFORE, "dataset_version", ["dataset", "stored_bytes"])
    with op.batch_alter_table("dataset_version") as version:
        version.drop_constraint(op.f("ck_dataset_version_dropped_at"), type_="check")
        for name in _TIMES:
            version.drop_column(name)
