"""Jobs and their timelines in SQL: a move and its event are one transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from market.database.engine import Database, insert_new
from market.database.jobs.tables import JOB, JOB_EVENT
from market.entities.job import NO_VERSION, Job, JobEvent, State
from market.errors import Conflict, NotFound

_FIELDS: Final = tuple(field.name for field in dataclasses.fields(Job))
_IMMUTABLE: Final = frozenset(
    {
        "job",
        "run",
        "organisation",
        "buyer",
        "buyer_key",
        "dataset",
        "version",
        "repository",
        "commit",
        "epsilon",
        "created_at",
    }
)


@dataclass(frozen=True, slots=True)
class SqlJobs:
    """market.ports.jobs.Jobs over a database."""

    database: Database

    def add(self, job: Job) -> Job:
        def step(connection: Connection) -> Job:
            if insert_new(connection, JOB, **_row(job)):
                return job
            stored = _jobs(connection, JOB.c.run == job.run)
            if not stored:
                raise job_differs(job)
            return stored[0]

        return self.database.run(step)

    def get(self, job: str) -> Job:
        with self.database.reading() as connection:
            found = _jobs(connection, JOB.c.job == job)
        if not found:
            raise no_job(job)
        return found[0]

    def find_run(self, run: str) -> Job | None:
        with self.database.reading() as connection:
            found = _jobs(connection, JOB.c.run == run)
        return found[0] if found else None

    def save(self, job: Job, *, expected: State, event: JobEvent) -> None:
        values = {name: value for name, value in _row(job).items() if name not in _IMMUTABLE}

        def step(connection: Connection) -> None:
            moved = connection.execute(
                update(JOB).where(JOB.c.job == job.job, JOB.c.state == expected).values(**values)
            )
            if moved.rowcount != 1:
                stored = _jobs(connection, JOB.c.job == job.job)
                raise job_moved(stored[0], expected) if stored else no_job(job.job)
            _append(connection, event)

        self.database.run(step)

    def of_organisation(self, organisation: str) -> list[Job]:
        return self._where(JOB.c.organisation == organisation)

    def of_datasets(self, datasets: Iterable[str], states: Iterable[State]) -> list[Job]:
        return self._where(and_(JOB.c.dataset.in_(list(datasets)), JOB.c.state.in_(list(states))))

    def in_states(self, states: Iterable[State]) -> list[Job]:
        return self._where(JOB.c.state.in_(list(states)))

    def buyers_of_opening(self, opening: str, *, besides: str) -> frozenset[str]:
        released = (
            select(JOB.c.buyer_key)
            .where(JOB.c.opening == opening, JOB.c.receipt.is_not(None), JOB.c.job != besides)
            .distinct()
        )
        with self.database.reading() as connection:
            return frozenset(connection.execute(released).scalars())

    def note(self, event: JobEvent) -> None:
        def step(connection: Connection) -> None:
            if not _jobs(connection, JOB.c.job == event.job):
                raise no_job(event.job)
            _append(connection, event)

        self.database.run(step)

    def timeline(self, job: str) -> list[JobEvent]:
        of_job = select(JOB_EVENT).where(JOB_EVENT.c.job == job).order_by(JOB_EVENT.c.event)
        with self.database.reading() as connection:
            rows = connection.execute(of_job)
            return [JobEvent(row.job, row.at, row.step, row.text) for row in rows]

    def _where(self, condition: ColumnElement[bool]) -> list[Job]:
        with self.database.reading() as connection:
            return _jobs(connection, condition)


def no_job(job: str) -> NotFound:
    return NotFound("no-job", f"There is no job {job}.", "Look at your job list.")


def job_moved(stored: Job, expected: State) -> Conflict:
    return Conflict(
        "job-state",
        f"Job {stored.job} is {stored.state}, expected {expected}.",
        "Look at the job's timeline: it moved on or ended meanwhile.",
    )


def job_differs(job: Job) -> Conflict:
    return Conflict("job-exists", f"Job {job.job} exists with another run.", "Start another run.")


def _row(job: Job) -> dict[str, object]:
    # The foreign key holds for datasets that exist.
    version = None if job.version == NO_VERSION else job.version
    return {name: getattr(job, name) for name in _FIELDS} | {"version": version}


def _jobs(connection: Connection, condition: ColumnElement[bool]) -> list[Job]:
    """Oldest first."""
    found = select(JOB).where(condition).order_by(JOB.c.created_at, JOB.c.job)
    rows = connection.execute(found).mappings()
    return [Job(**{**row, "version": row["version"] or NO_VERSION}) for row in rows]


def _append(connection: Connection, event: JobEvent) -> None:
    connection.execute(
        insert(JOB_EVENT).values(job=event.job, at=event.at, step=event.step, text=event.text)
    )
