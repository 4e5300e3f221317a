"""Who answers a job: a job may ask a consortium under its agreement, in place of a dataset."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "platform_0012"
down_revision = "platform_0011"
branch_labels = None
depends_on = None

_VERSION_BEFORE = "Its version; NULL when there is no such dataset."
_VERSION = "Its version; NULL when there is no such dataset, and of a consortium."


def upgrade() -> None:
    _job()
    _job_dataset()


def _job() -> None:
    with op.batch_alter_table("job") as job:
        job.add_column(
            sa.Column(
                "engine",
                sa.Text(),
                nullable=False,
                server_default="ciphertext",
                comment="Who answers it: ciphertext or members. Immutable.",
            )
        )
        job.add_column(
            sa.Column(
                "is_verified",
                sa.Boolean(),
                nullable=False,
                server_default=sa.false(),
                comment="Whether members verify each other's arithmetic. Immutable.",
            )
        )
    with op.batch_alter_table("job") as job:
        job.alter_column("engine", existing_type=sa.Text(), server_default=None)
        job.alter_column("is_verified", existing_type=sa.Boolean(), server_default=None)
        job.create_check_constraint(op.f("ck_job_engine"), "engine IN ('ciphertext', 'members')")
        _comment(job, "buyer", "Whom the answer is for. Immutable.")


def _job_dataset() -> None:
    with op.batch_alter_table("job_dataset") as asked:
        asked.add_column(
            sa.Column(
                "agreement",
                sa.Integer(),
                nullable=True,
                comment="Number of a consortium's agreement; NULL of a dataset.",
            )
        )
        asked.alter_column("version", existing_type=sa.Integer(), comment=_VERSION)
        _comment(asked, "dataset", "Dataset or consortium asked.")
        asked.create_check_constraint(
            op.f("ck_job_dataset_agreement"), "version IS NULL OR agreement IS NULL"
        )
        asked.create_foreign_key(
            op.f("fk_job_dataset_dataset_agreement"),
            "consortium_proposal",
            ["dataset", "agreement"],
            ["consortium", "number"],
        )


def downgrade() -> None:
    with op.batch_alter_table("job_dataset") as asked:
        asked.drop_constraint(op.f("fk_job_dataset_dataset_agreement"), type_="foreignkey")
        asked.drop_constraint(op.f("ck_job_dataset_agreement"), type_="check")
        asked.alter_column("version", existing_type=sa.Integer(), comment=_VERSION_BEFORE)
        _comment(asked, "dataset", "Dataset asked.")
        asked.drop_column("agreement")
    with op.batch_alter_table("job") as job:
        job.drop_constraint(op.f("ck_job_engine"), type_="check")
        _comment(job, "buyer", "Who submitted it. Immutable.")
        job.drop_column("engine")
        job.drop_column("is_verified")


def _comment(table: Any, column: str, comment: str) -> None:
    table.alter_column(column, existing_type=sa.Text(), existing_nullable=False, comment=comment)
