"""Every table of the owner with its epoch, budget and people, in place of lineages alone.

What the older tables held is too little to check epochs or distinct populations by. A store that
held any is therefore unreconciled: `market agent reconcile` takes the tables in anew, from what the
owner signed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import blob, long, short, text

revision = "agent_0003"
down_revision = "agent_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE agent_state SET value = '0' WHERE key = 'reconciled' "
        "AND EXISTS (SELECT 1 FROM lineage)"
    )
    with op.batch_alter_table("agent_state") as batch:
        batch.alter_column("key", comment="Name of a state. Immutable.")
    for table in ("lineage_unit", "lineage_table", "lineage"):
        op.drop_table(table)
    _publication()
    _publication_lineage()
    _publication_unit()


def downgrade() -> None:
    for table in ("publication_unit", "publication_lineage", "publication"):
        op.drop_table(table)
    with op.batch_alter_table("agent_state") as batch:
        batch.alter_column("key", comment="reconciled, file or agent. Immutable.")
    _lineage()


def _publication() -> None:
    op.create_table(
        "publication",
        text("dataset", "Immutable."),
        short("version", "Immutable."),
        short("epoch", "Its people's budget period. Immutable."),
        short("has_ids", "1 when its people are known by id. Immutable."),
        long("budget_rho_units", "Of one epoch. Immutable."),
        long("total_rho_units", "Over all epochs, if any. Immutable.", nullable=True),
        short("is_listed", "1 from the portal's acceptance on. Mutable."),
        sa.CheckConstraint("has_ids IN (0, 1)", name=op.f("ck_publication_has_ids")),
        sa.CheckConstraint("is_listed IN (0, 1)", name=op.f("ck_publication_is_listed")),
        sa.PrimaryKeyConstraint("dataset", "version", name=op.f("pk_publication")),
    )


def _publication_lineage() -> None:
    op.create_table(
        "publication_lineage",
        text("dataset", "Immutable."),
        short("version", "Immutable."),
        text("lineage", "Opaque identifier. Immutable."),
        _of_publication("publication_lineage"),
        sa.PrimaryKeyConstraint(
            "dataset", "version", "lineage", name=op.f("pk_publication_lineage")
        ),
        sqlite_with_rowid=False,
    )


def _publication_unit() -> None:
    op.create_table(
        "publication_unit",
        blob("unit", "Keyed hash of a unit's id. Immutable."),
        text("dataset", "Immutable."),
        short("version", "Immutable."),
        _of_publication("publication_unit"),
        sa.PrimaryKeyConstraint("unit", "dataset", "version", name=op.f("pk_publication_unit")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_publication_unit_dataset_version", "publication_unit", ["dataset", "version"]
    )


def _of_publication(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["dataset", "version"],
        ["publication.dataset", "publication.version"],
        name=op.f(f"fk_{table}_dataset_version"),
        ondelete="CASCADE",
    )


def _lineage() -> None:
    op.create_table(
        "lineage",
        text("lineage", "Opaque identifier. Immutable."),
        sa.PrimaryKeyConstraint("lineage", name=op.f("pk_lineage")),
    )
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
