"""Jobs in SQL: a move, its documents, its event and the answer it owes are one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from market.database.engine import Database, insert_new
from market.database.jobs import wanted as pages
from market.database.jobs.admission import has_run, read_taken, refuse_beyond
from market.database.jobs.answers import answers_owed, given, owe
from market.database.jobs.documents import keep, read_documents
from market.database.jobs.earned import read_earned
from market.database.jobs.errors import job_differs, job_moved, no_job
from market.database.jobs.queues import lasting, read_ends, read_queues
from market.database.jobs.rows import (
    immutable_values,
    in_batches,
    insert_datasets,
    mutable_values,
    read_jobs,
    where,
)
from market.database.jobs.runs import owe_run, runs_owed, taken
from market.database.jobs.tables import JOB, JOB_DATASET, JOB_EVENT
from market.entities.documents import Document, Documents
from market.entities.job import Earned, Job, JobEvent, OwedAnswer, OwedRun, Place
from market.entities.job_states import BAD_ENDS, STATES, TERMINAL, State, answer_owed
from market.entities.jobs_wanted import ALL_JOBS, JobsWanted
from market.entities.limits import JobsAdmitted, JobsTaken
from market.entities.queues import Ends, Queue

_UNDER_WAY = [state for state in STATES if state not in TERMINAL]


@dataclass(frozen=True, slots=True)
class SqlJobs:
    """market.ports.jobs.Jobs over a database."""

    database: Database

    def add(
        self, job: Job, *, within: JobsAdmitted | None = None, run_owed_to: str | None = None
    ) -> Job:
        """See the port; raises Conflict (`job-exists`), TooMany."""

        def step(connection: Connection) -> Job:
            if within is not None and not has_run(connection, job.run):
                refuse_beyond(connection, job.organisation, within)
            if insert_new(connection, JOB, **immutable_values(job), **mutable_values(job)):
                insert_datasets(connection, job)
                if run_owed_to is not None:
                    owe_run(connection, job, run_owed_to)
                return job
            stored = read_jobs(connection, where(JOB.c.run == job.run))
            if not stored:
                raise job_differs(job)
            return stored[0]

        return self.database.run(step)

    def taken(self, organisation: str, *, since: int) -> JobsTaken:
        """See the port."""
        with self.database.reading() as connection:
            return read_taken(connection, organisation, since)

    def get(self, job: str) -> Job:
        """See the port; raises NotFound (`no-job`)."""
        with self.database.reading() as connection:
            found = read_jobs(connection, where(JOB.c.job == job))
        if not found:
            raise no_job(job)
        return found[0]

    def find_run(self, run: str) -> Job | None:
        """See the port."""
        with self.database.reading() as connection:
            found = read_jobs(connection, where(JOB.c.run == run))
        return found[0] if found else None

    def save(
        self, job: Job, *, expected: State, event: JobEvent, documents: Iterable[Document] = ()
    ) -> Documents:
        """See the port; raises Conflict (`job-state`, `document-differs`), NotFound (`no-job`)."""
        new = tuple(documents)

        def step(connection: Connection) -> Documents:
            # The condition locks the row, so whoever saves next reads what this one kept.
            moved = connection.execute(
                update(JOB)
                .where(JOB.c.job == job.job, JOB.c.state == expected)
                .values(**mutable_values(job))
            )
            if moved.rowcount != 1:
                stored = read_jobs(connection, where(JOB.c.job == job.job))
                raise job_moved(stored[0], expected) if stored else no_job(job.job)
            keep(connection, job.job, new)
            if (answer := answer_owed(expected, job.state)) is not None:
                owe(connection, job, answer)
            _append(connection, event)
            return read_documents(connection, job.job)

        return self.database.run(step)

    def documents(self, job: str) -> Documents:
        """See the port."""
        with self.database.reading() as connection:
            return read_documents(connection, job)

    def page_of_organisation(
        self,
        organisation: str,
        *,
        after: Place | None,
        limit: int,
        wanted: JobsWanted = ALL_JOBS,
    ) -> list[Job]:
        """See the port."""
        with self.database.reading() as connection:
            return pages.of_organisation(connection, organisation, wanted, after, limit)

    def page_of_datasets(
        self,
        datasets: Iterable[str],
        *,
        after: Place | None,
        limit: int,
        wanted: JobsWanted = ALL_JOBS,
    ) -> list[Job]:
        """See the port."""
        with self.database.reading() as connection:
            return pages.of_datasets(connection, datasets, wanted, after, limit)

    def earned(self, dataset: str) -> Earned:
        """See the port."""
        with self.database.reading() as connection:
            return read_earned(connection, dataset)

    def of_datasets(self, datasets: Iterable[str], states: Iterable[State]) -> list[Job]:
        """See the port."""
        asks = (
            select(JOB_DATASET.c.place)
            .where(JOB_DATASET.c.job == JOB.c.job, JOB_DATASET.c.dataset.in_(list(datasets)))
            .exists()
        )
        with self.database.reading() as connection:
            return read_jobs(connection, where(JOB.c.state.in_(list(states)) & asks))

    def of_buyer(self, buyer: str, state: State, *, limit: int) -> list[Job]:
        """See the port."""
        found = (
            select(JOB)
            .where(JOB.c.buyer == buyer, JOB.c.state == state)
            .order_by(JOB.c.updated_at.desc(), JOB.c.job)
            .limit(limit)
        )
        with self.database.reading() as connection:
            return read_jobs(connection, found)

    def due(self, *, now: int, limit: int) -> list[Job]:
        """See the port."""
        found = (
            select(JOB)
            .where(JOB.c.state.in_(_UNDER_WAY), JOB.c.deadline <= now)
            .order_by(JOB.c.deadline, JOB.c.job)
            .limit(limit)
        )
        with self.database.reading() as connection:
            return read_jobs(connection, found)

    def resting(self, states: Iterable[State], *, since: int, after: str, limit: int) -> list[Job]:
        """See the port."""
        found = (
            select(JOB)
            .where(JOB.c.state.in_(list(states)), JOB.c.updated_at <= since, JOB.c.job > after)
            .order_by(JOB.c.job)
            .limit(limit)
        )
        with self.database.reading() as connection:
            return read_jobs(connection, found)

    def lasting(self, state: State, *, since: int, limit: int) -> list[Job]:
        """See the port."""
        with self.database.reading() as connection:
            return read_jobs(connection, lasting(state, since, limit))

    def ended_badly(self, jobs: Iterable[str]) -> list[Job]:
        """See the port."""
        with self.database.reading() as connection:
            return [
                job
                for batch in in_batches(jobs)
                for job in read_jobs(
                    connection, where(JOB.c.job.in_(batch) & JOB.c.state.in_(BAD_ENDS))
                )
            ]

    def of_requests(self, request_hashes: Iterable[str]) -> dict[str, str]:
        """See the port."""
        with self.database.reading() as connection:
            return {
                row.request_hash: row.job
                for batch in in_batches(request_hashes)
                for row in connection.execute(
                    select(JOB.c.request_hash, JOB.c.job).where(JOB.c.request_hash.in_(batch))
                )
            }

    def queues(self) -> list[Queue]:
        """See the port."""
        with self.database.reading() as connection:
            return read_queues(connection)

    def ends_since(self, since: int) -> list[Ends]:
        """See the port."""
        with self.database.reading() as connection:
            return read_ends(connection, since)

    def answers_owed(self) -> list[OwedAnswer]:
        """See the port."""
        with self.database.reading() as connection:
            return answers_owed(connection)

    def answer_given(self, answer: OwedAnswer) -> None:
        """See the port."""
        self.database.run(lambda connection: given(connection, answer))

    def runs_owed(self) -> list[OwedRun]:
        """See the port."""
        with self.database.reading() as connection:
            return runs_owed(connection)

    def run_taken(self, job: str) -> None:
        """See the port."""
        self.database.run(lambda connection: taken(connection, job))

    def note(self, event: JobEvent) -> None:
        """See the port; raises NotFound (`no-job`)."""

        def step(connection: Connection) -> None:
            if connection.execute(select(JOB.c.job).where(JOB.c.job == event.job)).first() is None:
                raise no_job(event.job)
            _append(connection, event)

        self.database.run(step)

    def timeline(self, job: str) -> list[JobEvent]:
        """See the port."""
        of_job = select(JOB_EVENT).where(JOB_EVENT.c.job == job).order_by(JOB_EVENT.c.event)
        with self.database.reading() as connection:
            rows = connection.execute(of_job)
            return [JobEvent(row.job, row.at, row.step, row.text) for row in rows]


def _append(connection: Connection, event: JobEvent) -> None:
    connection.execute(
        insert(JOB_EVENT).values(job=event.job, at=event.at, step=event.step, text=event.text)
    )
