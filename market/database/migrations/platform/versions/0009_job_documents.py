"""A job is its identity and state; what it carries, asks and owes Airflow are tables of their own.

So a job may ask several datasets and carry a word of several parties. Rows of before arrive whole:
the party is the agent their dataset's manifest names, the request's hash is the kept request's.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from crypto import canonical
from market.database.migrations.columns import flag, long, short, text

revision = "platform_0009"
down_revision = "platform_0008"
branch_labels = None
depends_on = None

_KINDS: Final = {
    "plan": "plan",
    "trace": "trace",
    "quote": "quote",
    "request": "request",
    "platform": "shares",
    "approval": "approval",
    "refusal": "refusal",
    "envelope": "envelope",
    "receipt": "receipt",
}
"""Kind of a document by the column it stood in."""
_OF_A_PARTY: Final = frozenset({"approval", "refusal", "envelope", "receipt"})
_COMMENTS: Final = {
    "plan": "The plan, canonical JSON. Mutable, once.",
    "trace": "Where each statistic was written, canonical JSON. Mutable, once.",
    "quote": "The plan's price, canonical JSON. Mutable, once.",
    "request": "The buyer's signed request. Mutable, once.",
    "platform": "The platform's shares, canonical JSON. Mutable, once.",
    "approval": "The owner's signed approval. Mutable, once.",
    "refusal": "The owner's signed refusal. Mutable, once.",
    "envelope": "The agent's sealed shares (encrypted), signed. Mutable, once.",
    "receipt": "The countersigned receipt. Mutable, once.",
}
_DAY_SECONDS: Final = 86_400
_ENDED_BADLY: Final = "('refused', 'failed', 'expired', 'cancelled')"
_PARTIES: Final = (
    "Public keys (hex) of the agents whose word it needs, in order, separated by spaces. Immutable."
)
_REQUEST_HASH: Final = "Of the verified request. Mutable, once."


def upgrade() -> None:
    _create_tables()
    with op.batch_alter_table("job") as job:
        job.add_column(text("parties", _PARTIES, nullable=True))
        job.add_column(text("request_hash", _REQUEST_HASH, nullable=True))
    op.execute(
        "INSERT INTO job_dataset (job, place, dataset, version, created_at) "
        "SELECT job, 0, dataset, version, created_at FROM job"
    )
    _name_parties()
    _carry_documents_out()
    _owe_answers()
    for index in ("ix_job_dataset_state", "ix_job_opening", "ix_job_state_updated_at"):
        op.drop_index(index, "job")
    op.drop_index("ix_job_organisation_created_at", "job")
    with op.batch_alter_table("job") as job:
        job.alter_column("parties", existing_type=sa.Text(), nullable=False)
        _comment(job, "message", "The same in words. Mutable, until the last word on its end.")
        _comment(job, "next_action", "What to do about it. Mutable, as the message.")
        job.drop_constraint(op.f("fk_job_dataset_version"), type_="foreignkey")
        for column in ("dataset", "version", *_KINDS):
            job.drop_column(column)
    op.create_index(
        "ix_job_organisation_created_at_job", "job", ["organisation", "created_at", "job"]
    )
    op.create_index("ix_job_buyer_state_updated_at", "job", ["buyer", "state", "updated_at"])
    op.create_index("ix_job_state_deadline", "job", ["state", "deadline"])
    op.create_index("ix_job_opening_buyer_key", "job", ["opening", "buyer_key"])
    op.create_index("ix_job_request_hash", "job", ["request_hash"])


def _comment(job: Any, column: str, comment: str) -> None:
    job.alter_column(column, existing_type=sa.Text(), existing_nullable=False, comment=comment)


def _create_tables() -> None:
    op.create_table(
        "job_dataset",
        text("job", "The job. Immutable, as the whole row."),
        short("place", "Its place in the plan, from 0."),
        text("dataset", "Dataset asked."),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=True,
            comment="Its version; NULL when there is no such dataset.",
        ),
        long(
            "created_at",
            "The job's, so that the jobs on a dataset are listed by time (unix seconds)",
        ),
        sa.ForeignKeyConstraint(["job"], ["job.job"], name=op.f("fk_job_dataset_job")),
        sa.ForeignKeyConstraint(
            ["dataset", "version"],
            ["dataset_version.dataset", "dataset_version.version"],
            name=op.f("fk_job_dataset_dataset_version"),
        ),
        sa.PrimaryKeyConstraint("job", "place", name=op.f("pk_job_dataset")),
        sa.UniqueConstraint("job", "dataset", name=op.f("uq_job_dataset_job_dataset")),
    )
    op.create_index(
        "ix_job_dataset_dataset_created_at_job", "job_dataset", ["dataset", "created_at", "job"]
    )
    _create_documents()


def _create_documents() -> None:
    op.create_table(
        "job_document",
        text("job", "The job. Immutable, as the whole row."),
        text("kind", "What it is (market.entities.documents)."),
        text("party", "Key (hex) of the agent it speaks for, empty where it is the job's."),
        text("text", "Canonical JSON, as received or made."),
        sa.ForeignKeyConstraint(["job"], ["job.job"], name=op.f("fk_job_document_job")),
        sa.PrimaryKeyConstraint("job", "kind", "party", name=op.f("pk_job_document")),
    )
    op.create_table(
        "job_answer",
        text("job", "A job whose run waits in Airflow for an answer not given yet."),
        text("wait", "The wait. Immutable."),
        flag("go_on", "The answer. Mutable until it is given."),
        long("since", "When it became due. Mutable, with the answer (unix seconds)"),
        sa.ForeignKeyConstraint(["job"], ["job.job"], name=op.f("fk_job_answer_job")),
        sa.PrimaryKeyConstraint("job", "wait", name=op.f("pk_job_answer")),
    )
    op.create_index("ix_job_answer_since", "job_answer", ["since"])


def _name_parties() -> None:
    connection = op.get_bind()
    versions = connection.execute(
        sa.text("SELECT dataset, version, manifest FROM dataset_version")
    ).all()
    for dataset, version, manifest in versions:
        agent = canonical.loads(manifest.encode())["record"]["agent"]
        connection.execute(
            sa.text("UPDATE job SET parties = :agent WHERE dataset = :dataset AND version = :v"),
            {"agent": agent, "dataset": dataset, "v": version},
        )
    connection.execute(sa.text("UPDATE job SET parties = '' WHERE parties IS NULL"))


def _carry_documents_out() -> None:
    for column, kind in _KINDS.items():
        party = "parties" if column in _OF_A_PARTY else "''"
        op.execute(
            "INSERT INTO job_document (job, kind, party, text) "
            f"SELECT job, '{kind}', {party}, {column} FROM job WHERE {column} IS NOT NULL"
        )
    connection = op.get_bind()
    requests = connection.execute(sa.text("SELECT job, request FROM job WHERE request IS NOT NULL"))
    for job, request in requests.all():
        signed = canonical.loads(request.encode())
        connection.execute(
            sa.text("UPDATE job SET request_hash = :hash WHERE job = :job"),
            {
                "job": job,
                "hash": canonical.digest_bytes(signed["tag"], canonical.dumps(signed["record"])),
            },
        )


def _owe_answers() -> None:
    """As far as a run of before may still wait: for a day from a job's last change."""
    recent = f"updated_at >= (SELECT max(updated_at) FROM job) - {_DAY_SECONDS}"
    ended = f"state IN {_ENDED_BADLY} AND {recent}"
    passed = f"state IN ('approved', 'evaluated', 'released') AND {recent}"
    for wait, go_on, which in (
        ("await_signatures", "TRUE", passed),
        ("await_release", "TRUE", f"state = 'released' AND {recent}"),
        ("await_release", "FALSE", f"{ended} AND platform IS NOT NULL"),
        ("await_signatures", "FALSE", f"{ended} AND platform IS NULL AND plan IS NOT NULL"),
    ):
        op.execute(
            "INSERT INTO job_answer (job, wait, go_on, since) "
            f"SELECT job, '{wait}', {go_on}, updated_at FROM job WHERE {which}"
        )


def downgrade() -> None:
    for index in (
        "ix_job_organisation_created_at_job",
        "ix_job_buyer_state_updated_at",
        "ix_job_state_deadline",
        "ix_job_opening_buyer_key",
        "ix_job_request_hash",
    ):
        op.drop_index(index, "job")
    with op.batch_alter_table("job") as job:
        job.add_column(text("dataset", "Dataset asked. Immutable.", nullable=True))
        job.add_column(
            sa.Column(
                "version",
                sa.Integer(),
                nullable=True,
                comment="Its version; NULL when there is no such dataset. Immutable.",
            )
        )
        for column, comment in _COMMENTS.items():
            job.add_column(text(column, comment, nullable=True))
    _carry_documents_back()
    with op.batch_alter_table("job") as job:
        job.alter_column("dataset", existing_type=sa.Text(), nullable=False)
        _comment(job, "message", "The same in words. Mutable, once.")
        _comment(job, "next_action", "What to do about it. Mutable, once.")
        job.create_foreign_key(
            op.f("fk_job_dataset_version"),
            "dataset_version",
            ["dataset", "version"],
            ["dataset", "version"],
        )
        job.drop_column("parties")
        job.drop_column("request_hash")
    op.create_index("ix_job_organisation_created_at", "job", ["organisation", "created_at"])
    op.create_index("ix_job_dataset_state", "job", ["dataset", "state"])
    op.create_index("ix_job_state_updated_at", "job", ["state", "updated_at"])
    op.create_index("ix_job_opening", "job", ["opening"])
    for table in ("job_answer", "job_document", "job_dataset"):
        op.drop_table(table)


def _carry_documents_back() -> None:
    """The first dataset, and of each kind the first party's: there was one of each."""
    of_job = "FROM job_dataset WHERE job_dataset.job = job.job AND place = 0"
    op.execute(f"UPDATE job SET dataset = (SELECT dataset {of_job})")
    op.execute(f"UPDATE job SET version = (SELECT version {of_job})")
    for column, kind in _KINDS.items():
        op.execute(
            f"UPDATE job SET {column} = (SELECT text FROM job_document "
            f"WHERE job_document.job = job.job AND kind = '{kind}' ORDER BY party LIMIT 1)"
        )
