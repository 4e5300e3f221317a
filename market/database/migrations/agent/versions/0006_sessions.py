"""Sessions with other members: what was charged before a share left, and what goes with a reply."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, text

revision = "agent_0006"
down_revision = "agent_0005"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('approval', 'refusal', 'release')"
_WITH_ABORT = "kind IN ('approval', 'refusal', 'release', 'abort')"
_OF_RELEASE = "(kind = 'release') = (receipt IS NOT NULL)"
_BESIDE = "kind <> 'release' OR beside IS NOT NULL"
_COMMENTS_BEFORE = {
    "kind": "approval, refusal or release. Immutable.",
    "receipt": "A release's signed receipt. Immutable.",
}
_COMMENTS_NOW = {
    "kind": "approval, refusal, release or abort. Immutable.",
    "beside": "Signed text that is sent with it, if any. Immutable.",
}


def upgrade() -> None:
    op.create_table(
        "agent_session",
        text("job", "Immutable."),
        text("request_hash", "The request that was charged. Immutable."),
        text("run", "market.vault.store.sessions.Run, canonical JSON. Immutable."),
        long("charged_at", "Unix seconds. Immutable."),
        sa.Column(
            "is_over", sa.Integer(), nullable=False, comment="1 once its reply is stored. Mutable."
        ),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_agent_session")),
        sa.CheckConstraint("is_over IN (0, 1)", name=op.f("ck_agent_session_is_over")),
    )
    with op.batch_alter_table("agent_reply") as table:
        table.drop_constraint(op.f("ck_agent_reply_receipt"), type_="check")
        table.drop_constraint(op.f("ck_agent_reply_kind"), type_="check")
        table.alter_column(
            "receipt",
            new_column_name="beside",
            existing_type=sa.Text(),
            comment=_COMMENTS_NOW["beside"],
            existing_comment=_COMMENTS_BEFORE["receipt"],
        )
        table.alter_column(
            "kind",
            existing_type=sa.Text(),
            existing_nullable=False,
            comment=_COMMENTS_NOW["kind"],
            existing_comment=_COMMENTS_BEFORE["kind"],
        )
        table.create_check_constraint(op.f("ck_agent_reply_kind"), _WITH_ABORT)
        table.create_check_constraint(op.f("ck_agent_reply_beside"), _BESIDE)


def downgrade() -> None:
    op.drop_table("agent_session")
    # An earlier release sends no aborts, and nothing with an approval.
    op.execute("DELETE FROM agent_reply WHERE kind = 'abort'")
    op.execute("UPDATE agent_reply SET beside = NULL WHERE kind <> 'release'")
    with op.batch_alter_table("agent_reply") as table:
        table.drop_constraint(op.f("ck_agent_reply_beside"), type_="check")
        table.drop_constraint(op.f("ck_agent_reply_kind"), type_="check")
        table.alter_column(
            "beside",
            new_column_name="receipt",
            existing_type=sa.Text(),
            comment=_COMMENTS_BEFORE["receipt"],
            existing_comment=_COMMENTS_NOW["beside"],
        )
        table.alter_column(
            "kind",
            existing_type=sa.Text(),
            existing_nullable=False,
            comment=_COMMENTS_BEFORE["kind"],
            existing_comment=_COMMENTS_NOW["kind"],
        )
        table.create_check_constraint(op.f("ck_agent_reply_kind"), _KINDS)
        table.create_check_constraint(op.f("ck_agent_reply_receipt"), _OF_RELEASE)
