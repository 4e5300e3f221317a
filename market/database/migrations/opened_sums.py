"""What was opened, sum by sum: the same in both branches.

What earlier releases opened is not known by sums, and their noise was derived otherwise: whatever
is asked from now on is new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, short, text


def create_opened_sums() -> None:
    op.create_table(
        "ledger_opened_sum",
        text("chain", "The agent whose noise it carries. Immutable, as the whole row."),
        long("sequence", "The receipt of its release in the agent's chain."),
        text("output", "The sum (market.plan.factors)."),
        text("family", "Of its outputs a row touches one (market.plan.moments)."),
        text("ladder", "On which its noise lies (crypto.ladder)."),
        short("rung", "Of the ladder."),
        text("manifest_hash", "The data it is a sum of."),
        text("buyer", "Fingerprint of the buyer's key."),
        sa.PrimaryKeyConstraint("chain", "sequence", "output", name=op.f("pk_ledger_opened_sum")),
    )
    op.create_index(
        "ix_ledger_opened_sum_manifest_hash_buyer", "ledger_opened_sum", ["manifest_hash", "buyer"]
    )


def drop_opened_sums() -> None:
    op.drop_table("ledger_opened_sum")
