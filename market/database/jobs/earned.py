"""What the released jobs on a dataset came to."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from market.database.jobs.tables import JOB, JOB_DATASET
from market.entities.job import Earned
from market.entities.job_states import WAY


def read_earned(connection: Connection, dataset: str) -> Earned:
    """See market.ports.jobs.Jobs.earned."""
    # Prices are few, whatever the number of jobs.
    alike = (
        select(JOB_DATASET.c.place, JOB.c.prices_cents, func.count().label("jobs"))
        .join(JOB, JOB.c.job == JOB_DATASET.c.job)
        .where(JOB_DATASET.c.dataset == dataset, JOB.c.state == WAY[-1])
        .group_by(JOB_DATASET.c.place, JOB.c.prices_cents)
    )
    jobs = cents = 0
    for row in connection.execute(alike):
        prices = row.prices_cents.split()
        jobs += row.jobs
        cents += row.jobs * (int(prices[row.place]) if row.place < len(prices) else 0)
    return Earned(jobs, cents)
