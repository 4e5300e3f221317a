"""Jobs to rows and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, insert, select

from market.database.jobs.tables import JOB, JOB_DATASET
from market.entities.engines import Engine
from market.entities.job import NO_VERSION, AskedDataset, End, Job

KEYS_AT_ONCE: Final = 500
"""Well below the parameters either engine takes in one statement."""


_NUMBERED: Final[dict[Engine, str]] = {"ciphertext": "version", "members": "agreement"}
"""In which column the version stands of what an engine answers for."""


def immutable_values(job: Job) -> dict[str, object]:
    """The columns of a job that are written with it."""
    return {
        "job": job.job,
        "run": job.run,
        "organisation": job.organisation,
        "buyer": job.buyer,
        "buyer_key": job.buyer_key,
        "parties": " ".join(job.parties),
        "repository": job.repository,
        "commit": job.commit,
        "epsilon": job.epsilon,
        "engine": job.engine,
        "is_verified": job.is_verified,
        "created_at": job.created_at,
    }


def mutable_values(job: Job) -> dict[str, object]:
    """The columns of a job that a save replaces."""
    why = job.end or End("", "", "")
    return {
        "state": job.state,
        "updated_at": job.updated_at,
        "deadline": job.deadline,
        "rho_units": job.rho_units,
        "plan_hash": job.plan_hash,
        "request_hash": job.request_hash,
        "subject": job.subject,
        "statistics": job.statistics,
        "prices_cents": " ".join(map(str, job.prices_cents)),
        "code": why.code,
        "message": why.message,
        "next_action": why.next_action,
        "program_says": why.program_says,
    }


def insert_datasets(connection: Connection, job: Job) -> None:
    """Write what a new job asks."""
    connection.execute(
        insert(JOB_DATASET),
        [
            dict.fromkeys(_NUMBERED.values())
            | {
                "job": job.job,
                "place": place,
                "dataset": asked.dataset,
                # The foreign keys hold for what exists, each for its own engine.
                _NUMBERED[job.engine]: None if asked.version == NO_VERSION else asked.version,
                "edition": asked.edition,
                "created_at": job.created_at,
            }
            for place, asked in enumerate(job.datasets)
        ],
    )


def read_jobs(connection: Connection, found: Select[Any]) -> list[Job]:
    """The jobs of a `select(JOB)`, in its order."""
    rows = connection.execute(found).mappings().all()
    asked = _asked(connection, [row["job"] for row in rows])
    return [_job(row, asked[row["job"]]) for row in rows]


def where(condition: ColumnElement[bool]) -> Select[Any]:
    """The jobs that meet a condition, oldest first."""
    return select(JOB).where(condition).order_by(JOB.c.created_at, JOB.c.job)


def in_batches(keys: Iterable[str]) -> Iterator[Sequence[str]]:
    """Keys in parts that fit into one statement."""
    every = list(keys)
    for start in range(0, len(every), KEYS_AT_ONCE):
        yield every[start : start + KEYS_AT_ONCE]


def _asked(connection: Connection, jobs: Iterable[str]) -> dict[str, list[AskedDataset]]:
    asked: dict[str, list[AskedDataset]] = defaultdict(list)
    for batch in in_batches(jobs):
        for row in connection.execute(
            select(JOB_DATASET)
            .where(JOB_DATASET.c.job.in_(batch))
            .order_by(JOB_DATASET.c.job, JOB_DATASET.c.place)
        ):
            number = row.version or row.agreement or NO_VERSION
            asked[row.job].append(AskedDataset(row.dataset, number, row.edition))
    return asked


def _job(row: RowMapping, asked: Iterable[AskedDataset]) -> Job:
    return Job(
        job=row["job"],
        run=row["run"],
        organisation=row["organisation"],
        buyer=row["buyer"],
        buyer_key=row["buyer_key"],
        datasets=tuple(asked),
        parties=tuple(row["parties"].split()),
        repository=row["repository"],
        commit=row["commit"],
        epsilon=row["epsilon"],
        engine=row["engine"],
        is_verified=row["is_verified"],
        state=row["state"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deadline=row["deadline"],
        rho_units=row["rho_units"],
        plan_hash=row["plan_hash"],
        request_hash=row["request_hash"],
        subject=row["subject"],
        statistics=row["statistics"],
        prices_cents=tuple(map(int, row["prices_cents"].split())),
        end=_end(row),
    )


def _end(row: RowMapping) -> End | None:
    if not row["code"]:
        return None
    return End(row["code"], row["message"], row["next_action"], row["program_says"])
