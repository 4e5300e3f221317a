"""Failed sign-ins by name, by network and by both; networks that somebody has signed in from.

What had failed before the upgrade is forgotten: it would have been within a day.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, short, text

revision = "platform_0025"
down_revision = "platform_0024"
branch_labels = None
depends_on = None

_FAILURE, _NETWORK = "sign_in_failure", "known_network"


def upgrade() -> None:
    op.drop_table(_FAILURE)
    op.create_table(
        _FAILURE,
        text("kind", "What is counted by (market.policy.operation.guessing). Immutable."),
        text(
            "of_hash",
            "SHA-256, in hex, of the name tried (people type passwords there), of the network, or "
            "of both. Immutable.",
        ),
        short("failures", "Failed attempts. Mutable."),
        long("since", "The first of them. Immutable (unix seconds)"),
        long("failed_at", "The last of them. Mutable (unix seconds)"),
        sa.CheckConstraint("failures >= 1", name=op.f("ck_sign_in_failure_failures")),
        sa.CheckConstraint(
            "kind IN ('here', 'name', 'network')", name=op.f("ck_sign_in_failure_kind")
        ),
        sa.PrimaryKeyConstraint("kind", "of_hash", name=op.f("pk_sign_in_failure")),
    )
    op.create_index("ix_sign_in_failure_since", _FAILURE, ["since"])
    op.create_table(
        _NETWORK,
        text("of_hash", "SHA-256, in hex, of a user's name and a network. Immutable."),
        long("signed_in_at", "The last sign-in from there. Mutable (unix seconds)"),
        sa.PrimaryKeyConstraint("of_hash", name=op.f("pk_known_network")),
    )
    op.create_index("ix_known_network_signed_in_at", _NETWORK, ["signed_in_at"])


def downgrade() -> None:
    op.drop_table(_NETWORK)
    op.drop_table(_FAILURE)
    op.create_table(
        _FAILURE,
        text(
            "name_hash",
            "SHA-256, in hex, of the name tried (people type passwords there). Immutable.",
        ),
        short("failures", "Failed attempts in a row. Mutable."),
        long("failed_at", "The last of them. Mutable (unix seconds)"),
        sa.CheckConstraint("failures >= 1", name=op.f("ck_sign_in_failure_failures")),
        sa.PrimaryKeyConstraint("name_hash", name=op.f("pk_sign_in_failure")),
    )
    op.create_index("ix_sign_in_failure_failed_at", _FAILURE, ["failed_at"])
