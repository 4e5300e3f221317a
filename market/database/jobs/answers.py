"""What Airflow is still to be told of jobs, in SQL."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from market.database.jobs.tables import JOB, JOB_ANSWER
from market.entities.job import Job, OwedAnswer
from market.entities.job_states import Answer


def owe(connection: Connection, job: Job, answer: Answer) -> None:
    """Owe an answer from the job's last change on, in place of another to the same wait."""
    connection.execute(
        delete(JOB_ANSWER).where(JOB_ANSWER.c.job == job.job, JOB_ANSWER.c.wait == answer.wait)
    )
    connection.execute(
        insert(JOB_ANSWER).values(
            job=job.job, wait=answer.wait, go_on=answer.go_on, since=job.updated_at
        )
    )


def answers_owed(connection: Connection) -> list[OwedAnswer]:
    """All of them, longest due first."""
    rows = connection.execute(
        select(JOB_ANSWER, JOB.c.run)
        .join(JOB, JOB.c.job == JOB_ANSWER.c.job)
        .order_by(JOB_ANSWER.c.since, JOB_ANSWER.c.job, JOB_ANSWER.c.wait)
    )
    return [
        OwedAnswer(row.job, row.run, Answer(row.wait, go_on=row.go_on), row.since) for row in rows
    ]


def given(connection: Connection, owed: OwedAnswer) -> None:
    """Owe this answer no more."""
    connection.execute(
        delete(JOB_ANSWER).where(
            JOB_ANSWER.c.job == owed.job,
            JOB_ANSWER.c.wait == owed.answer.wait,
            JOB_ANSWER.c.go_on == owed.answer.go_on,
        )
    )
