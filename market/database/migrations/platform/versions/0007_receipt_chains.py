"""The chain of each agent's receipts, and the receipts that did not continue one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, row_number, short, text

revision = "platform_0007"
down_revision = "platform_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receipt_chain",
        text("agent", "Agent's key. Immutable, as the whole row."),
        short("sequence", "From 1, without gaps."),
        text("document", "The receipt as the agent signed it."),
        long("received_at", "When it came (unix seconds)"),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_receipt_chain_sequence")),
        sa.PrimaryKeyConstraint("agent", "sequence", name=op.f("pk_receipt_chain")),
    )
    op.create_table(
        "receipt_fork",
        row_number("fork", "Number in order of writing. Immutable, as the whole row."),
        text("agent", "Agent's key."),
        text("receipt_hash", "Of the receipt that was refused."),
        text("held", "The receipt in the chain, as the agent signed it."),
        text("offered", "The one that was refused, as the agent signed it."),
        long("seen_at", "When it first came (unix seconds)"),
        sa.PrimaryKeyConstraint("fork", name=op.f("pk_receipt_fork")),
        sa.UniqueConstraint(
            "agent", "receipt_hash", name=op.f("uq_receipt_fork_agent_receipt_hash")
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("receipt_fork")
    op.drop_table("receipt_chain")
