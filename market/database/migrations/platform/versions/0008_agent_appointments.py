"""Every appointment of an owner's agent; the newest says whose manifests and releases count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, short, text

revision = "platform_0008"
down_revision = "platform_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_appointment",
        text("owner", "Who appoints. Immutable, as the whole row."),
        short("number", "The owner's number; the highest counts."),
        text("document", "The owner's signed appointment."),
        long("received_at", "When it came (unix seconds)"),
        sa.CheckConstraint("number >= 1", name=op.f("ck_agent_appointment_number")),
        sa.ForeignKeyConstraint(
            ["owner"], ["person.user_id"], name=op.f("fk_agent_appointment_owner")
        ),
        sa.PrimaryKeyConstraint("owner", "number", name=op.f("pk_agent_appointment")),
    )


def downgrade() -> None:
    op.drop_table("agent_appointment")
