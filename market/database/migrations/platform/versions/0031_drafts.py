"""Drafts of listings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, row_number, short, text

revision = "platform_0031"
down_revision = "platform_0030"
branch_labels = None
depends_on = None

_INDEX = "ix_draft_organisation"
_PEOPLE = ("started_by", "saved_by", "taken_by")
_TAKEN = "(taken_by IS NULL) = (taken_at IS NULL) AND (taken_by IS NULL) = (taken_revision IS NULL)"


def upgrade() -> None:
    op.create_table(
        "draft",
        row_number("number", "By which a client takes it up; used once. Immutable."),
        text("organisation", "Whose. Immutable."),
        text("content", "What is typed so far, JSON. Mutable."),
        short("revision", "Counts its changes. Mutable."),
        text("started_by", "Who began it. Immutable."),
        long("started_at", "When it began. Immutable (unix seconds)"),
        text("saved_by", "Who changed it last. Mutable."),
        long("saved_at", "When it changed last. Mutable (unix seconds)"),
        text("taken_by", "Whose client took it up. Mutable.", nullable=True),
        long("taken_at", "When that was (unix seconds). Mutable.", nullable=True),
        sa.Column("taken_revision", sa.Integer(), comment="Which revision it took. Mutable."),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_draft_revision")),
        sa.CheckConstraint(_TAKEN, name=op.f("ck_draft_taken")),
        *(
            sa.ForeignKeyConstraint(
                [name], ["person.user_id"], name=op.f(f"fk_draft_{name}_person")
            )
            for name in _PEOPLE
        ),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.organisation"],
            name=op.f("fk_draft_organisation_organisation"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_draft")),
        sqlite_autoincrement=True,
    )
    op.create_index(_INDEX, "draft", ["organisation"])


def downgrade() -> None:
    op.drop_index(_INDEX, "draft")
    op.drop_table("draft")
