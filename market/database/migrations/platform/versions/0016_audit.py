"""What administrators do is kept as a chain of entries that the platform signs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "platform_0016"
down_revision = "platform_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column(
            "number",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="From 1, without gaps. Immutable, as the whole row.",
        ),
        sa.Column(
            "document",
            sa.Text(),
            nullable=False,
            comment="The entry as the platform signed it, canonical JSON.",
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_audit_entry_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entry")),
    )


def downgrade() -> None:
    op.drop_table("audit_entry")
