"""What users have marked as done in their inbox, and what an owner says who declines a request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, text

revision = "platform_0034"
down_revision = "platform_0033"
branch_labels = None
depends_on = None

_MARK, _REQUEST = "inbox_mark", "access_request"


def upgrade() -> None:
    op.create_table(
        _MARK,
        text("user_id", "Who is done with it. Immutable."),
        text("kind", "What was to be done (market.entities.inbox). Immutable."),
        text("about", "Of which job, dataset, request or token. Immutable."),
        sa.Column(
            "since",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Since when it waited. Immutable (unix seconds)",
        ),
        long("marked_at", "When they said so. Immutable (unix seconds)"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["person.user_id"], name=op.f("fk_inbox_mark_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", "about", "since", name=op.f("pk_inbox_mark")),
    )
    with op.batch_alter_table(_REQUEST) as table:
        table.add_column(
            text("answer", "The owner's words to a refusal. Mutable, once.", nullable=True)
        )


def downgrade() -> None:
    with op.batch_alter_table(_REQUEST) as table:
        table.drop_column("answer")
    op.drop_table(_MARK)
