"""How many jobs an organisation has, and whether it may have one more: counted off indices."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, select

from market.database.jobs.tables import JOB
from market.database.people.tables import ORGANISATION
from market.entities.job_states import STATES, TERMINAL
from market.entities.limits import JobsAdmitted, JobsTaken
from market.policy.operation.limits import TURNED_AWAY, refuse_more_jobs

_UNDER_WAY = [state for state in STATES if state not in TERMINAL]


def has_run(connection: Connection, run: str) -> bool:
    """Whether a run has its job already: then adding it adds nothing."""
    return connection.execute(select(JOB.c.job).where(JOB.c.run == run)).first() is not None


def refuse_beyond(connection: Connection, organisation: str, most: JobsAdmitted) -> None:
    """Return, before a job is added in the same transaction, if it may be (raises TooMany)."""
    # One at a time of each organisation: what is counted stays so until the job is there.
    one = select(ORGANISATION.c.organisation).where(ORGANISATION.c.organisation == organisation)
    connection.execute(one.with_for_update(key_share=True))
    refuse_more_jobs(organisation, most, read_taken(connection, organisation, most.day_began))


def read_taken(connection: Connection, organisation: str, since: int) -> JobsTaken:
    """What an organisation has under way, and has submitted after `since`."""
    under_way = connection.execute(under_way_of(organisation)).scalar_one()
    lately = connection.execute(submitted_of(organisation, since)).one()
    return JobsTaken(under_way, lately.jobs, lately.first)


def under_way_of(organisation: str) -> Select[int]:
    """How many jobs of an organisation have not ended: off the index of its jobs' states."""
    # Of a column that the index has, so that no row is read for it.
    return select(func.count(JOB.c.state)).where(
        JOB.c.organisation == organisation, JOB.c.state.in_(_UNDER_WAY)
    )


def submitted_of(organisation: str, since: int) -> Select[int, Any]:
    """How many jobs it submitted after `since`, and when the first: off the index of its times."""
    return select(func.count().label("jobs"), func.min(JOB.c.created_at).label("first")).where(
        JOB.c.organisation == organisation,
        JOB.c.created_at > since,
        JOB.c.code.not_in(TURNED_AWAY),
    )
