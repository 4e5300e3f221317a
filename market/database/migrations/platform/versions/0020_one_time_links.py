"""One-time links of everybody, in the place of the first administrator's alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, short, text

revision = "platform_0020"
down_revision = "platform_0019"
branch_labels = None
depends_on = None

_KEEP = "INSERT INTO one_time_link SELECT '', secret_hash, expires_at FROM setup_link"
_GIVE_BACK = (
    "INSERT INTO setup_link SELECT 1, secret_hash, expires_at FROM one_time_link WHERE holder = ''"
)


def upgrade() -> None:
    op.create_table(
        "one_time_link",
        text("holder", "Whom it lets in: a user, or empty for the first administrator. Immutable."),
        text("secret_hash", "SHA-256, in hex, of the link's secret. Mutable, by a new link."),
        long("expires_at", "End of the link. Mutable (unix seconds)"),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_one_time_link_secret_hash")),
    )
    op.execute(_KEEP)
    op.drop_table("setup_link")


def downgrade() -> None:
    op.create_table(
        "setup_link",
        short("slot", "Always 1: there is one link at most."),
        text("secret_hash", "SHA-256, in hex, of the link's secret. Mutable, by a new link."),
        long("expires_at", "End of the link. Mutable (unix seconds)"),
        sa.CheckConstraint("slot = 1", name=op.f("ck_setup_link_slot")),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_setup_link")),
    )
    op.execute(_GIVE_BACK)
    op.drop_table("one_time_link")
