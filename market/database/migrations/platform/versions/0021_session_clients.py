"""A session says from which client it was opened, so that its person knows it again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "platform_0021"
down_revision = "platform_0020"
branch_labels = None
depends_on = None

_COMMENT = "Browser and system, as the browser says; empty when unknown. Immutable."


def upgrade() -> None:
    with op.batch_alter_table("web_session") as session:
        session.add_column(
            sa.Column("client", sa.Text(), nullable=False, server_default="", comment=_COMMENT)
        )
    with op.batch_alter_table("web_session") as session:
        session.alter_column("client", existing_type=sa.Text(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("web_session") as session:
        session.drop_column("client")
