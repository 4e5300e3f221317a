"""Reader keys, and results that were shared with colleagues."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, text

revision = "platform_0035"
down_revision = "platform_0034"
branch_labels = None
depends_on = None

_KEY, _SHARED = "reader_key", "shared_result"
_REFERENCES = {
    "job": "job.job",
    "organisation": "organisation.organisation",
    "recipient": "person.user_id",
    "sharer": "person.user_id",
}
_INDEXED = ("organisation", "recipient", "sharer", "shared_at")


def upgrade() -> None:
    op.create_table(
        _KEY,
        text("user_id", "Whose. Immutable."),
        text("document", "The signed market/reader-key/1. Mutable."),
        sa.ForeignKeyConstraint(
            ["user_id"], ["person.user_id"], name=op.f("fk_reader_key_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_reader_key")),
    )
    op.create_table(
        _SHARED,
        text("job", "Whose result it is. Immutable."),
        text("recipient", "Whom it is sealed to. Immutable."),
        text("organisation", "Of both. Immutable."),
        text("sharer", "Whose client sealed it. Mutable."),
        text("document", "The signed market/shared-result/1. Mutable."),
        long("shared_at", "When it was shared last. Mutable (unix seconds)"),
        *(
            sa.ForeignKeyConstraint([name], [of], name=op.f(f"fk_shared_result_{name}"))
            for name, of in _REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("job", "recipient", name=op.f("pk_shared_result")),
    )
    for name in _INDEXED:
        op.create_index(f"ix_shared_result_{name}", _SHARED, [name])


def downgrade() -> None:
    op.drop_table(_SHARED)
    op.drop_table(_KEY)
