"""What each release opened, and for whom, instead of plan and price.

Noise was derived from the plan before; releases of that time are never repeated by one of today,
so each counts as an opening of its own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, text

revision = "agent_0004"
down_revision = "agent_0003"
branch_labels = None
depends_on = None

_BUYER = "Fingerprint of the buyer's key. Immutable."
_OPENING = "What it opened (market.pricing.opening). Immutable."


def upgrade() -> None:
    op.drop_index("ix_agent_release_manifest_hash_plan_hash_rho_units", "agent_release")
    with op.batch_alter_table("agent_release") as table:
        table.add_column(text("buyer", _BUYER, nullable=True))
        table.add_column(text("opening", _OPENING, nullable=True))
    op.execute("UPDATE agent_release SET buyer = '', opening = request_hash")
    with op.batch_alter_table("agent_release") as table:
        table.alter_column("buyer", existing_type=sa.Text(), nullable=False)
        table.alter_column("opening", existing_type=sa.Text(), nullable=False)
        table.drop_constraint(op.f("ck_agent_release_rho_units"), type_="check")
        table.drop_column("manifest_hash")
        table.drop_column("plan_hash")
        table.drop_column("rho_units")
    op.create_index("ix_agent_release_opening_buyer", "agent_release", ["opening", "buyer"])


def downgrade() -> None:
    op.drop_index("ix_agent_release_opening_buyer", "agent_release")
    with op.batch_alter_table("agent_release") as table:
        table.add_column(text("manifest_hash", "Immutable.", nullable=True))
        table.add_column(text("plan_hash", "Immutable.", nullable=True))
        table.add_column(long("rho_units", "What the question costs. Immutable.", nullable=True))
    # What they were is not kept: each again counts as a question of its own.
    op.execute(
        "UPDATE agent_release SET manifest_hash = '', plan_hash = request_hash, rho_units = 0"
    )
    with op.batch_alter_table("agent_release") as table:
        table.alter_column("manifest_hash", existing_type=sa.Text(), nullable=False)
        table.alter_column("plan_hash", existing_type=sa.Text(), nullable=False)
        table.alter_column("rho_units", existing_type=sa.BigInteger(), nullable=False)
        table.create_check_constraint(op.f("ck_agent_release_rho_units"), "rho_units >= 0")
        table.drop_column("buyer")
        table.drop_column("opening")
    op.create_index(
        "ix_agent_release_manifest_hash_plan_hash_rho_units",
        "agent_release",
        ["manifest_hash", "plan_hash", "rho_units"],
    )
