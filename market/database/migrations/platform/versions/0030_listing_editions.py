"""Further editions of a version's listing, and of which edition a job was submitted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, short, text

revision = "platform_0030"
down_revision = "platform_0029"
branch_labels = None
depends_on = None

_WORDS = "Case-folded title, summary, column names, meanings, by line."
_EDITION = "Of the version's listing, the newest at submission; 1 where there is none."


def upgrade() -> None:
    op.create_table(
        "listing_edition",
        text("dataset", "The dataset. Immutable, as the whole row."),
        short("version", "Of which version."),
        short("edition", "After the first, 1; the highest counts."),
        text("document", "The owner's signed listing."),
        long("received_at", "When it came (unix seconds)"),
        sa.CheckConstraint("edition > 1", name=op.f("ck_listing_edition_edition")),
        sa.ForeignKeyConstraint(
            ["dataset", "version"],
            ["dataset_version.dataset", "dataset_version.version"],
            name=op.f("fk_listing_edition_dataset_version"),
        ),
        sa.PrimaryKeyConstraint("dataset", "version", "edition", name=op.f("pk_listing_edition")),
    )
    with op.batch_alter_table("job_dataset") as asked:
        asked.add_column(
            sa.Column("edition", sa.Integer(), nullable=False, server_default="1", comment=_EDITION)
        )
        asked.create_check_constraint(op.f("ck_job_dataset_edition"), "edition >= 1")
    with op.batch_alter_table("job_dataset") as asked:
        asked.alter_column("edition", existing_type=sa.Integer(), server_default=None)
    _say_of_words(f"{_WORDS} Mutable, by an edition.")


def downgrade() -> None:
    _say_of_words(_WORDS)
    with op.batch_alter_table("job_dataset") as asked:
        asked.drop_constraint(op.f("ck_job_dataset_edition"), type_="check")
        asked.drop_column("edition")
    op.drop_table("listing_edition")


def _say_of_words(comment: str) -> None:
    # SQLite keeps no comments, and would copy the whole table for one.
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("dataset_version", "search_text", existing_type=sa.Text(), comment=comment)
