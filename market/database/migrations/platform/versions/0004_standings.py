"""Every standing an owner signed; the newest says whether a dataset takes jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, short, text

revision = "platform_0004"
down_revision = "platform_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dataset_standing",
        text("dataset", "The dataset. Immutable, as the whole row."),
        short("number", "The owner's number; the highest counts."),
        text("document", "The owner's signed standing."),
        long("received_at", "When it came (unix seconds)"),
        sa.CheckConstraint("number >= 1", name=op.f("ck_dataset_standing_number")),
        sa.ForeignKeyConstraint(
            ["dataset"], ["dataset.dataset"], name=op.f("fk_dataset_standing_dataset")
        ),
        sa.PrimaryKeyConstraint("dataset", "number", name=op.f("pk_dataset_standing")),
    )


def downgrade() -> None:
    op.drop_table("dataset_standing")
