"""Jobs whose run Airflow has not taken yet, in SQL."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from market.database.jobs.tables import JOB_RUN_OWED
from market.entities.job import Job, OwedRun


def owe_run(connection: Connection, job: Job, user: str) -> None:
    """Owe a new job's run to a user."""
    connection.execute(insert(JOB_RUN_OWED).values(job=job.job, user=user, since=job.created_at))


def runs_owed(connection: Connection) -> list[OwedRun]:
    """All of them, those first that were submitted first."""
    order = (JOB_RUN_OWED.c.since, JOB_RUN_OWED.c.job)
    rows = connection.execute(select(JOB_RUN_OWED).order_by(*order))
    return [OwedRun(row.job, row.user, row.since) for row in rows]


def taken(connection: Connection, job: str) -> None:
    """Owe this job's run no more."""
    connection.execute(delete(JOB_RUN_OWED).where(JOB_RUN_OWED.c.job == job))
