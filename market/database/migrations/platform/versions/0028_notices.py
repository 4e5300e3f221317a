"""Notices: where users are told of what waits for them, and what is still to be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, short, text

revision = "platform_0028"
down_revision = "platform_0027"
branch_labels = None
depends_on = None

_ONCE = ("user_id", "channel", "kind", "subject", "since")


def upgrade() -> None:
    op.create_table(
        "notice_address",
        text("user_id", "Who is told there."),
        text("channel", "mail or hook."),
        text("address", "A mail address or a URL. Mutable, by a new address."),
        text(
            "secret_hash",
            "SHA-256, in hex, of the secret that confirms it; empty once it is confirmed. Mutable.",
        ),
        long("made_at", "When it was given. Mutable, by a new address (unix seconds)"),
        text("failure", "Code of what went wrong the last time, or empty. Mutable."),
        sa.CheckConstraint("channel IN ('mail', 'hook')", name=op.f("ck_notice_address_channel")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["person.user_id"], name=op.f("fk_notice_address_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "channel", name=op.f("pk_notice_address")),
    )
    op.create_table(
        "notice",
        text("notice_id", "32 hex characters. Immutable."),
        text("user_id", "Whom it is told. Immutable."),
        text("channel", "mail or hook. Immutable."),
        text("kind", "What is to be done (market.entities.inbox). Immutable."),
        text("subject", "About what. Immutable."),
        long("since", "Since when it waits. Immutable (unix seconds)"),
        text("text", "In words. Immutable."),
        text("path", "The portal's page. Immutable."),
        long("made_at", "When it was noted. Immutable (unix seconds)"),
        short("tries", "Attempts to send it. Mutable."),
        long("next_try_at", "When it is due, or null. Mutable (unix seconds)", nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["person.user_id"], name=op.f("fk_notice_user_id")),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_notice")),
        sa.UniqueConstraint(*_ONCE, name=op.f(f"uq_notice_{'_'.join(_ONCE)}")),
    )
    op.create_index("ix_notice_next_try_at", "notice", ["next_try_at"])
    op.create_index("ix_notice_made_at", "notice", ["made_at"])


def downgrade() -> None:
    op.drop_table("notice")
    op.drop_table("notice_address")
