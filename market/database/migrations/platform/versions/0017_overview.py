"""An operator reads sizes without the documents, and what stops housekeeping, at any portal."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, text

revision = "platform_0017"
down_revision = "platform_0016"
branch_labels = None
depends_on = None

_INDEX = "ix_dataset_version_dataset_stored_bytes"


def upgrade() -> None:
    op.create_table(
        "housekeeping_trouble",
        text("duty", "Of housekeeping. Immutable."),
        text("code", "Of what stopped it. Mutable."),
        text("process", "The one that led then. Mutable."),
        long("since", "When this began. Mutable (unix seconds)"),
        long(
            "ended_at",
            "When the duty went well again, null before. Mutable (unix seconds)",
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("duty", name=op.f("pk_housekeeping_trouble")),
    )
    comment = "Size of all chunks that the manifest names, in bytes."
    with op.batch_alter_table("dataset_version") as version:
        version.add_column(
            sa.Column(
                "stored_bytes", sa.BigInteger(), nullable=False, server_default="0", comment=comment
            )
        )
    _measure()
    with op.batch_alter_table("dataset_version") as version:
        version.alter_column("stored_bytes", existing_type=sa.BigInteger(), server_default=None)
        version.create_check_constraint(
            op.f("ck_dataset_version_stored_bytes"), "stored_bytes >= 0"
        )
    op.create_index(_INDEX, "dataset_version", ["dataset", "stored_bytes"])


def _measure() -> None:
    """Write down what the manifests say; one at a time, since they are long."""
    connection = op.get_bind()
    versions = connection.execute(sa.text("SELECT dataset, version FROM dataset_version")).all()
    read = sa.text("SELECT manifest FROM dataset_version WHERE dataset = :d AND version = :v")
    write = sa.text(
        "UPDATE dataset_version SET stored_bytes = :size WHERE dataset = :d AND version = :v"
    )
    for dataset, number in versions:
        key = {"d": dataset, "v": number}
        document = connection.execute(read, key).scalar_one()
        connection.execute(write, {"size": _size(document), **key})


def _size(manifest: str) -> int:
    columns = json.loads(manifest)["record"]["columns"]
    return sum(chunk["size_bytes"] for column in columns for chunk in column["chunks"])


def downgrade() -> None:
    op.drop_index(_INDEX, "dataset_version")
    with op.batch_alter_table("dataset_version") as version:
        version.drop_constraint(op.f("ck_dataset_version_stored_bytes"), type_="check")
        version.drop_column("stored_bytes")
    op.drop_table("housekeeping_trouble")
