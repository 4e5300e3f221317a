"""A shared result that its sharer took back stays as a line, without its document."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "platform_0036"
down_revision = "platform_0035"
branch_labels = None
depends_on = None

_SHARED = "shared_result"
_SIGNED = "The signed market/shared-result/1"
_WHEN = "When its sharer took it back; 0 before. Mutable (unix seconds)"


def upgrade() -> None:
    with op.batch_alter_table(_SHARED) as table:
        table.add_column(
            sa.Column(
                "withdrawn_at", sa.BigInteger(), nullable=False, server_default="0", comment=_WHEN
            )
        )
    with op.batch_alter_table(_SHARED) as table:
        table.alter_column("withdrawn_at", existing_type=sa.BigInteger(), server_default=None)
    _say(f"{_SIGNED}; empty once withdrawn. Mutable.")


def downgrade() -> None:
    # The release before knows no withdrawn line: there it is deleted.
    op.execute(f"DELETE FROM {_SHARED} WHERE withdrawn_at <> 0")
    with op.batch_alter_table(_SHARED) as table:
        table.drop_column("withdrawn_at")
    _say(f"{_SIGNED}. Mutable.")


def _say(comment: str) -> None:
    # SQLite keeps no comments, and would copy the whole table for one.
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(_SHARED, "document", existing_type=sa.Text(), comment=comment)
