"""Limits of one organisation, and the index that counts its jobs under way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, text

revision = "platform_0018"
down_revision = "platform_0017"
branch_labels = None
depends_on = None

_INDEX = "ix_job_organisation_state"


def upgrade() -> None:
    op.create_table(
        "organisation_limit",
        text("organisation", "Whose. Immutable."),
        text("name", "Of what (market.entities.limits). Immutable."),
        long("most", "The most they may have. Mutable."),
        sa.CheckConstraint("most >= 0", name=op.f("ck_organisation_limit_most")),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.organisation"],
            name=op.f("fk_organisation_limit_organisation_organisation"),
        ),
        sa.PrimaryKeyConstraint("organisation", "name", name=op.f("pk_organisation_limit")),
    )
    op.create_index(_INDEX, "job", ["organisation", "state"])


def downgrade() -> None:
    op.drop_index(_INDEX, "job")
    op.drop_table("organisation_limit")
