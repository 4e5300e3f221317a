"""Datasets, grants, access requests, jobs and their timelines."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, row_number, short, text

revision = "platform_0002"
down_revision = "platform_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _dataset()
    _lineage()
    _dataset_version()
    _access_grant()
    _access_request()
    _job()
    _job_event()


def downgrade() -> None:
    op.drop_table("job_event")
    op.drop_table("job")
    op.drop_table("access_request")
    op.drop_table("access_grant")
    op.drop_table("dataset_version")
    op.drop_table("lineage")
    op.drop_table("dataset")


def _dataset() -> None:
    op.create_table(
        "dataset",
        text("dataset", "Dataset id. Immutable."),
        text("owner", "Who claimed the id. Immutable."),
        short("newest_version", "Newest published version, 0 before the first. Mutable, by 1."),
        text("standing", "listed, paused or withdrawn (for good). Mutable."),
        long(
            "changed_at",
            "Last publication or change of standing. Mutable (unix seconds)",
            nullable=True,
        ),
        sa.CheckConstraint("newest_version >= 0", name=op.f("ck_dataset_newest_version")),
        sa.CheckConstraint(
            "standing IN ('listed', 'paused', 'withdrawn')", name=op.f("ck_dataset_standing")
        ),
        sa.ForeignKeyConstraint(["owner"], ["person.user_id"], name=op.f("fk_dataset_owner")),
        sa.PrimaryKeyConstraint("dataset", name=op.f("pk_dataset")),
    )
    op.create_index("ix_dataset_owner", "dataset", ["owner"])


def _dataset_version() -> None:
    op.create_table(
        "dataset_version",
        text("dataset", "The dataset. Immutable, as the whole row."),
        short("version", "From 1, without gaps."),
        text("organisation", "The owner's organisation at publication."),
        text("listing", "The owner's signed listing."),
        text("manifest", "The owner's signed manifest."),
        text("search_text", "Case-folded title, summary, column names, meanings, by line."),
        long("published_at", "Publication (unix seconds)"),
        sa.CheckConstraint("version >= 1", name=op.f("ck_dataset_version_version")),
        sa.ForeignKeyConstraint(
            ["dataset"], ["dataset.dataset"], name=op.f("fk_dataset_version_dataset")
        ),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.organisation"],
            name=op.f("fk_dataset_version_organisation"),
        ),
        sa.PrimaryKeyConstraint("dataset", "version", name=op.f("pk_dataset_version")),
    )


def _lineage() -> None:
    op.create_table(
        "lineage",
        text("lineage", "Lineage id of a manifest. Immutable."),
        text("owner", "Who published it first: its budget is theirs. Immutable."),
        sa.ForeignKeyConstraint(["owner"], ["person.user_id"], name=op.f("fk_lineage_owner")),
        sa.PrimaryKeyConstraint("lineage", name=op.f("pk_lineage")),
    )


def _access_grant() -> None:
    op.create_table(
        "access_grant",
        text("grant_id", "The grant's own id. Immutable."),
        text("dataset", "The dataset. Immutable."),
        text("buyer", "Fingerprint of the buyer's identity key. Immutable."),
        text("document", "The owner's signed grant. Immutable."),
        long("expires_at", "End of the grant. Immutable (unix seconds)"),
        long("added_at", "Receipt of the grant. Immutable (unix seconds)"),
        text("revocation", "The owner's signed revocation. Mutable, once.", nullable=True),
        long(
            "revoked_at", "Receipt of the revocation. Mutable, once (unix seconds)", nullable=True
        ),
        sa.CheckConstraint(
            "(revocation IS NULL) = (revoked_at IS NULL)", name=op.f("ck_access_grant_revocation")
        ),
        sa.ForeignKeyConstraint(
            ["dataset"], ["dataset.dataset"], name=op.f("fk_access_grant_dataset")
        ),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_access_grant")),
    )
    op.create_index("ix_access_grant_dataset_buyer", "access_grant", ["dataset", "buyer"])


def _access_request() -> None:
    op.create_table(
        "access_request",
        text("request", "Random id. Immutable."),
        text("dataset", "What is asked for. Immutable."),
        text("user_id", "Who asks. Immutable."),
        text("organisation", "Their organisation. Immutable."),
        text("buyer_fingerprint", "Fingerprint of their identity key. Immutable."),
        text("purpose", "Their words. Immutable."),
        text("state", "waiting, then granted or declined. Mutable, once."),
        long("created_at", "When they asked. Immutable (unix seconds)"),
        sa.CheckConstraint(
            "state IN ('waiting', 'granted', 'declined')", name=op.f("ck_access_request_state")
        ),
        sa.ForeignKeyConstraint(
            ["dataset"], ["dataset.dataset"], name=op.f("fk_access_request_dataset")
        ),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.organisation"],
            name=op.f("fk_access_request_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["person.user_id"], name=op.f("fk_access_request_user_id")
        ),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_access_request")),
    )
    op.create_index("ix_access_request_dataset", "access_request", ["dataset"])
    op.create_index(
        "uq_access_request_waiting",
        "access_request",
        ["dataset", "buyer_fingerprint"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _job_identity() -> list[sa.Column[Any]]:
    return [
        text("job", "Job id. Immutable."),
        text("run", "Airflow run, dag_id/run_id. Immutable."),
        text("organisation", "The buyer's organisation. Immutable."),
        text("buyer", "Who submitted it. Immutable."),
        text("buyer_key", "Public key (hex) the request must be signed with. Immutable."),
        text("dataset", "Dataset asked. Immutable."),
        short("version", "Its version. Immutable."),
        text("repository", "URL of the buyer's repository. Immutable."),
        text("commit", "Commit hash, 40 hex characters. Immutable."),
        text("epsilon", "What the form asked for, a decimal string. Immutable."),
        text("state", "Where it stands (market.entities.job). Mutable, by compare-and-set."),
        long("created_at", "Submission. Immutable (unix seconds)"),
        long("updated_at", "Last change of state. Mutable (unix seconds)"),
        long("deadline", "End of the present wait. Mutable (unix seconds)"),
        long("rho_units", "Price in rho units (1e-12 zCDP), 0 before the plan. Mutable, once."),
        text("plan_hash", "The plan's hash (market.plan). Mutable, once.", nullable=True),
    ]


def _job_documents() -> list[sa.Column[Any]]:
    return [
        text("plan", "The plan, canonical JSON. Mutable, once.", nullable=True),
        text(
            "trace",
            "Where each statistic was written, canonical JSON. Mutable, once.",
            nullable=True,
        ),
        text("quote", "The plan's price, canonical JSON. Mutable, once.", nullable=True),
        text("request", "The buyer's signed request. Mutable, once.", nullable=True),
        text("approval", "The owner's signed approval. Mutable, once.", nullable=True),
        text("platform", "The platform's shares, canonical JSON. Mutable, once.", nullable=True),
        text(
            "envelope",
            "The agent's sealed shares (encrypted), signed. Mutable, once.",
            nullable=True,
        ),
        text("receipt", "The countersigned receipt. Mutable, once.", nullable=True),
        text("refusal", "The owner's signed refusal. Mutable, once.", nullable=True),
        text("code", "Why it ended, empty while it runs. Mutable, once."),
        text("message", "The same in words. Mutable, once."),
        text("next_action", "What to do about it. Mutable, once."),
    ]


def _job() -> None:
    op.create_table(
        "job",
        *_job_identity(),
        *_job_documents(),
        sa.CheckConstraint("rho_units >= 0", name=op.f("ck_job_rho_units")),
        sa.CheckConstraint(
            "state IN ('submitted', 'planned', 'requested', 'approved', 'evaluated', 'released', "
            "'refused', 'failed', 'expired', 'cancelled')",
            name=op.f("ck_job_state"),
        ),
        sa.ForeignKeyConstraint(["buyer"], ["person.user_id"], name=op.f("fk_job_buyer")),
        sa.ForeignKeyConstraint(
            ["dataset", "version"],
            ["dataset_version.dataset", "dataset_version.version"],
            name=op.f("fk_job_dataset_version"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.organisation"], name=op.f("fk_job_organisation")
        ),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_job")),
        sa.UniqueConstraint("run", name=op.f("uq_job_run")),
    )
    op.create_index("ix_job_dataset_state", "job", ["dataset", "state"])
    op.create_index("ix_job_organisation_created_at", "job", ["organisation", "created_at"])
    op.create_index("ix_job_state_updated_at", "job", ["state", "updated_at"])


def _job_event() -> None:
    op.create_table(
        "job_event",
        row_number("event", "Number in order of writing. Immutable, as the whole row."),
        text("job", "The job."),
        long("at", "When it happened (unix seconds)"),
        text("step", "The state reached, or the step of a note."),
        text("text", "What a person reads."),
        sa.ForeignKeyConstraint(["job"], ["job.job"], name=op.f("fk_job_event_job")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_job_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_event_job", "job_event", ["job"])
