"""What the platform's processes have to know of each other: leases, redeemed codes, the forms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, short, text

revision = "platform_0014"
down_revision = "platform_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lease",
        text("name", "What one process does at a time. Immutable."),
        text("holder", "The process that does it. Mutable."),
        long("expires_at", "Until when, unless it says so again. Mutable (unix seconds)"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "redeemed_code",
        text("nonce", "Of a one-time code. Immutable, as the whole row."),
        long("expires_at", "When the code is no longer good, and this row needless (unix seconds)"),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_redeemed_code")),
    )
    op.create_table(
        "forms",
        short("row", "Always 1: there is one document."),
        short("number", "Grows with every change. Mutable."),
        text("document", "All forms, canonical JSON. Mutable."),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_forms")),
        sa.CheckConstraint("row = 1", name=op.f("ck_forms_one")),
    )


def downgrade() -> None:
    for table in ("forms", "redeemed_code", "lease"):
        op.drop_table(table)
