"""Versions on their way to the store, which nobody has published yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, short, text

revision = "platform_0024"
down_revision = "platform_0023"
branch_labels = None
depends_on = None

_UPLOAD = ("owner", "dataset", "version")


def upgrade() -> None:
    op.create_table(
        "upload",
        text("owner", "Who sends it. Immutable."),
        text("dataset", "As what it is to be published; no name is claimed by it. Immutable."),
        short("version", "From 1. Immutable."),
        long("sent_at", "When the last chunk was announced. Mutable (unix seconds)"),
        long("dropping_at", "When its deletion began. Mutable, once (unix seconds)", nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_upload_version")),
        sa.ForeignKeyConstraint(["owner"], ["person.user_id"], name=op.f("fk_upload_owner_person")),
        sa.PrimaryKeyConstraint(*_UPLOAD, name=op.f("pk_upload")),
    )
    op.create_table(
        "upload_chunk",
        text("key", "The object's key. Immutable."),
        text("owner", "Whose upload. Immutable."),
        text("dataset", "Of what. Immutable."),
        short("version", "Of which version. Immutable."),
        long("size_bytes", "As announced, in bytes. Mutable."),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_upload_chunk_size_bytes")),
        sa.ForeignKeyConstraint(
            list(_UPLOAD),
            [f"upload.{name}" for name in _UPLOAD],
            name=op.f("fk_upload_chunk_owner_dataset_version"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_upload_chunk")),
    )
    op.create_index("ix_upload_chunk_upload", "upload_chunk", [*_UPLOAD, "size_bytes"])


def downgrade() -> None:
    op.drop_table("upload_chunk")
    op.drop_table("upload")
