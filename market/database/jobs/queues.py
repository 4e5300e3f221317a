"""How many jobs are where: read off the index of states and times, whatever has ended long ago."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, select

from market.database.jobs.tables import JOB
from market.entities.job_states import STATES, TERMINAL, State
from market.entities.queues import Ends, Queue

_COUNT = func.count().label("jobs")


def queues_under_way() -> Select[Any]:
    """Of each state that does not end a job: how many are in it, and since when the first."""
    under_way = [state for state in STATES if state not in TERMINAL]
    since = func.min(JOB.c.updated_at).label("since")
    return (
        select(JOB.c.state, _COUNT, since).where(JOB.c.state.in_(under_way)).group_by(JOB.c.state)
    )


def ends_since(since: int) -> Select[Any]:
    """Jobs that ended at `since` or later, by state and code."""
    return (
        select(JOB.c.state, JOB.c.code, _COUNT)
        .where(JOB.c.state.in_(sorted(TERMINAL)), JOB.c.updated_at >= since)
        .group_by(JOB.c.state, JOB.c.code)
    )


def lasting(state: State, since: int, limit: int) -> Select[Any]:
    """The jobs that are in a state since `since` or longer, the longest first."""
    return (
        select(JOB)
        .where(JOB.c.state == state, JOB.c.updated_at <= since)
        .order_by(JOB.c.updated_at, JOB.c.job)
        .limit(limit)
    )


def read_queues(connection: Connection) -> list[Queue]:
    """The queues, in the order of a job's way."""
    found = [
        Queue(row.state, row.jobs, row.since) for row in connection.execute(queues_under_way())
    ]
    return sorted(found, key=lambda queue: STATES.index(queue.state))


def read_ends(connection: Connection, since: int) -> list[Ends]:
    """The ends, by state and code."""
    found = [Ends(row.state, row.code, row.jobs) for row in connection.execute(ends_since(since))]
    return sorted(found, key=lambda ends: (STATES.index(ends.state), ends.code))
