"""What a key agent keeps beside its ledger: nonces, receipts, releases, replies, lineages.

The columns are market.vault.store.tables', which this layer cannot import.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import blob, long, row_number, short, text

revision = "agent_0002"
down_revision = "agent_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _agent_state()
    _agent_spent_nonce()
    _agent_receipt()
    _agent_release()
    _agent_reply()
    _lineage()
    _lineage_table()
    _lineage_unit()


def downgrade() -> None:
    op.drop_table("lineage_unit")
    op.drop_table("lineage_table")
    op.drop_table("lineage")
    op.drop_table("agent_reply")
    op.drop_table("agent_release")
    op.drop_table("agent_receipt")
    op.drop_table("agent_spent_nonce")
    op.drop_table("agent_state")


def _agent_state() -> None:
    op.create_table(
        "agent_state",
        text("key", "reconciled, file or agent. Immutable."),
        text("value", "Mutable."),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_agent_state")),
    )


def _agent_spent_nonce() -> None:
    op.create_table(
        "agent_spent_nonce",
        text("nonce", "request/<nonce> or approval/<nonce>. Immutable."),
        text("request_hash", "The request it released. Immutable."),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_agent_spent_nonce")),
    )


def _agent_receipt() -> None:
    op.create_table(
        "agent_receipt",
        sa.Column(
            "sequence",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="From 1. Immutable.",
        ),
        text("receipt_hash", "Of the signed receipt. Immutable."),
        text("document", "The signed receipt. Immutable."),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_agent_receipt_sequence")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_agent_receipt")),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_agent_receipt_receipt_hash")),
    )


def _agent_release() -> None:
    op.create_table(
        "agent_release",
        text("request_hash", "The request answered. Immutable."),
        text("job", "Immutable."),
        text("manifest_hash", "Immutable."),
        text("plan_hash", "Immutable."),
        long("rho_units", "What the question costs. Immutable."),
        long("sequence", "Its receipt. Immutable."),
        sa.CheckConstraint("rho_units >= 0", name=op.f("ck_agent_release_rho_units")),
        sa.ForeignKeyConstraint(
            ["sequence"], ["agent_receipt.sequence"], name=op.f("fk_agent_release_sequence")
        ),
        sa.PrimaryKeyConstraint("request_hash", name=op.f("pk_agent_release")),
        sa.UniqueConstraint("sequence", name=op.f("uq_agent_release_sequence")),
    )
    op.create_index(
        "ix_agent_release_manifest_hash_plan_hash_rho_units",
        "agent_release",
        ["manifest_hash", "plan_hash", "rho_units"],
    )


def _agent_reply() -> None:
    op.create_table(
        "agent_reply",
        row_number("reply", "Number in order of sending. Immutable."),
        text("job", "Immutable."),
        text("kind", "approval, refusal or release. Immutable."),
        text("document", "Signed text, sent as it is. Immutable."),
        text("receipt", "A release's signed receipt. Immutable.", nullable=True),
        text("outcome", "Empty, delivered, or closed:<code>. Mutable."),
        sa.CheckConstraint(
            "kind IN ('approval', 'refusal', 'release')", name=op.f("ck_agent_reply_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'release') = (receipt IS NOT NULL)", name=op.f("ck_agent_reply_receipt")
        ),
        sa.PrimaryKeyConstraint("reply", name=op.f("pk_agent_reply")),
        sa.UniqueConstraint("job", "kind", name=op.f("uq_agent_reply_job_kind")),
        sqlite_autoincrement=True,
    )


def _lineage() -> None:
    op.create_table(
        "lineage",
        text("lineage", "Opaque identifier. Immutable."),
        sa.PrimaryKeyConstraint("lineage", name=op.f("pk_lineage")),
    )


def _lineage_table() -> None:
    op.create_table(
        "lineage_table",
        text("dataset", "Immutable."),
        short("version", "Immutable."),
        text("lineage", "Immutable."),
        short("has_ids", "1 when its people are known by id. Immutable."),
        text("population", "Population the owner names, or empty. Immutable."),
        sa.CheckConstraint("has_ids IN (0, 1)", name=op.f("ck_lineage_table_has_ids")),
        sa.ForeignKeyConstraint(
            ["lineage"], ["lineage.lineage"], name=op.f("fk_lineage_table_lineage")
        ),
        sa.PrimaryKeyConstraint("dataset", "version", "lineage", name=op.f("pk_lineage_table")),
    )


def _lineage_unit() -> None:
    op.create_table(
        "lineage_unit",
        blob("unit", "Keyed hash of a unit's id. Immutable."),
        text("lineage", "Immutable."),
        sa.ForeignKeyConstraint(
            ["lineage"], ["lineage.lineage"], name=op.f("fk_lineage_unit_lineage")
        ),
        sa.PrimaryKeyConstraint("unit", "lineage", name=op.f("pk_lineage_unit")),
        sqlite_with_rowid=False,
    )
