"""The tables of jobs. Documents are kept as the exact canonical text; times are unix seconds."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    UniqueConstraint,
)

from market.database.metadata import (
    PLATFORM,
    ROW_NUMBER,
    key_column,
    reference_column,
    text_column,
    time_column,
)
from market.entities.engines import ENGINES
from market.entities.job_states import STATES

JOB = Table(
    "job",
    PLATFORM,
    key_column("job", "Job id. Immutable."),
    text_column("run", "Airflow run, dag_id/run_id. Immutable."),
    reference_column(
        "organisation", "organisation.organisation", "The buyer's organisation. Immutable."
    ),
    reference_column("buyer", "person.user_id", "Whom the answer is for. Immutable."),
    text_column("buyer_key", "Public key (hex) the request must be signed with. Immutable."),
    text_column(
        "parties",
        "Public keys (hex) of the agents whose word it needs, in order, separated by spaces. "
        "Immutable.",
    ),
    text_column("repository", "URL of the buyer's repository. Immutable."),
    text_column("commit", "Commit hash, 40 hex characters. Immutable."),
    text_column("epsilon", "What the form asked for, a decimal string. Immutable."),
    text_column("engine", "Who answers it: ciphertext or members. Immutable."),
    Column(
        "is_verified",
        Boolean,
        nullable=False,
        comment="Whether members verify each other's arithmetic. Immutable.",
    ),
    text_column("state", "Where it stands (market.entities.job). Mutable, by compare-and-set."),
    time_column("created_at", "Submission. Immutable"),
    time_column("updated_at", "Last change of state. Mutable"),
    time_column("deadline", "End of the present wait. Mutable"),
    Column(
        "rho_units",
        BigInteger,
        nullable=False,
        comment="Price in rho units (1e-12 zCDP), 0 before the plan. Mutable, once.",
    ),
    text_column("plan_hash", "The plan's hash (market.plan). Mutable, once.", nullable=True),
    text_column("request_hash", "Of the verified request. Mutable, once.", nullable=True),
    text_column("subject", "First line of the commit's message. Mutable, once."),
    text_column("statistics", "What the plan asks, in few words. Mutable, once."),
    text_column(
        "prices_cents",
        "What each dataset asked costs, in order, separated by spaces. Mutable, once.",
    ),
    text_column("code", "Why it ended, empty while it runs. Mutable, once."),
    text_column("message", "The same in words. Mutable, until the last word on its end."),
    text_column("next_action", "What to do about it. Mutable, as the message."),
    text_column(
        "program_says", "What the program left about its end, its own words. Mutable, once."
    ),
    UniqueConstraint("run"),
    CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="state"),
    CheckConstraint("rho_units >= 0", name="rho_units"),
    CheckConstraint(f"engine IN ({', '.join(map(repr, ENGINES))})", name="engine"),
    Index("ix_job_organisation_created_at_job", "organisation", "created_at", "job"),
    Index("ix_job_buyer_state_updated_at", "buyer", "state", "updated_at"),
    Index("ix_job_state_deadline", "state", "deadline"),
    Index("ix_job_state_updated_at", "state", "updated_at"),
    Index("ix_job_organisation_state", "organisation", "state"),
    Index("ix_job_request_hash", "request_hash"),
)

JOB_DATASET = Table(
    "job_dataset",
    PLATFORM,
    key_column("job", "The job. Immutable, as the whole row.", of="job.job"),
    Column("place", Integer, primary_key=True, comment="Its place in the plan, from 0."),
    text_column("dataset", "Dataset or consortium asked."),
    Column(
        "version",
        Integer,
        nullable=True,
        comment="Its version; NULL when there is no such dataset, and of a consortium.",
    ),
    Column(
        "agreement",
        Integer,
        nullable=True,
        comment="Number of a consortium's agreement; NULL of a dataset.",
    ),
    Column(
        "edition",
        Integer,
        nullable=False,
        comment="Of the version's listing, the newest at submission; 1 where there is none.",
    ),
    time_column("created_at", "The job's, so that the jobs on a dataset are listed by time"),
    ForeignKeyConstraint(
        ["dataset", "version"], ["dataset_version.dataset", "dataset_version.version"]
    ),
    ForeignKeyConstraint(
        ["dataset", "agreement"], ["consortium_proposal.consortium", "consortium_proposal.number"]
    ),
    CheckConstraint("version IS NULL OR agreement IS NULL", name="agreement"),
    CheckConstraint("edition >= 1", name="edition"),
    UniqueConstraint("job", "dataset"),
    Index("ix_job_dataset_dataset_created_at_job", "dataset", "created_at", "job"),
)

JOB_DOCUMENT = Table(
    "job_document",
    PLATFORM,
    key_column("job", "The job. Immutable, as the whole row.", of="job.job"),
    key_column("kind", "What it is (market.entities.documents)."),
    key_column("party", "Key (hex) of the agent it speaks for, empty where it is the job's."),
    text_column("text", "Canonical JSON, as received or made."),
)

JOB_ANSWER = Table(
    "job_answer",
    PLATFORM,
    key_column(
        "job", "A job whose run waits in Airflow for an answer not given yet.", of="job.job"
    ),
    key_column("wait", "The wait. Immutable."),
    Column("go_on", Boolean, nullable=False, comment="The answer. Mutable until it is given."),
    time_column("since", "When it became due. Mutable, with the answer"),
    Index("ix_job_answer_since", "since"),
)

JOB_RUN_OWED = Table(
    "job_run_owed",
    PLATFORM,
    key_column("job", "A job whose run Airflow has not taken yet. Immutable.", of="job.job"),
    text_column("user", "On whose behalf it starts. Immutable."),
    time_column("since", "When the job was submitted. Immutable"),
)

JOB_EVENT = Table(
    "job_event",
    PLATFORM,
    Column(
        "event",
        ROW_NUMBER,
        primary_key=True,
        autoincrement=True,
        comment="Number in order of writing. Immutable, as the whole row.",
    ),
    reference_column("job", "job.job", "The job."),
    time_column("at", "When it happened"),
    text_column("step", "The state reached, or the step of a note."),
    text_column("text", "What a person reads."),
    Index("ix_job_event_job", "job"),
    sqlite_autoincrement=True,
)
