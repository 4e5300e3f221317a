"""Pages of jobs, newest first, by what is wanted of them (market.entities.jobs_wanted)."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, or_, select, tuple_

from market.database.jobs.rows import in_batches, read_jobs, where
from market.database.jobs.tables import JOB, JOB_DATASET
from market.entities.job import Job, Place
from market.entities.jobs_wanted import JobsWanted

_ONE_BY_ONE: Final = 8
"""So many datasets are each read by their own index; more are read at once."""


def of_organisation(
    connection: Connection, organisation: str, wanted: JobsWanted, after: Place | None, limit: int
) -> list[Job]:
    """See market.ports.jobs.Jobs.page_of_organisation."""
    found = select(JOB).where(JOB.c.organisation == organisation, *_conditions(wanted))
    if after is not None:
        found = found.where(tuple_(JOB.c.created_at, JOB.c.job) < (after.created_at, after.job))
    newest = found.order_by(JOB.c.created_at.desc(), JOB.c.job.desc()).limit(limit)
    return read_jobs(connection, newest)


def of_datasets(
    connection: Connection,
    datasets: Iterable[str],
    wanted: JobsWanted,
    after: Place | None,
    limit: int,
) -> list[Job]:
    """See market.ports.jobs.Jobs.page_of_datasets."""
    names = sorted({wanted.dataset} & set(datasets) if wanted.dataset else set(datasets))
    parts = [[name] for name in names] if len(names) <= _ONE_BY_ONE else in_batches(names)
    pages = [_newest(connection, part, wanted, after, limit) for part in parts]
    places = dict.fromkeys(heapq.merge(*pages, reverse=True))
    jobs = [job for _, job in places][:limit]
    found = {
        job.job: job
        for batch in in_batches(jobs)
        for job in read_jobs(connection, where(JOB.c.job.in_(batch)))
    }
    return [found[job] for job in jobs]


def _newest(
    connection: Connection,
    datasets: Iterable[str],
    wanted: JobsWanted,
    after: Place | None,
    limit: int,
) -> list[tuple[int, str]]:
    """The places of the newest jobs on these datasets, behind `after`."""
    table, names = JOB_DATASET.c, list(datasets)
    of_these = table.dataset == names[0] if len(names) == 1 else table.dataset.in_(names)
    found = select(table.created_at, table.job).where(of_these).distinct()
    if conditions := list(_conditions(wanted)):
        found = found.join(JOB, JOB.c.job == table.job).where(*conditions)
    if after is not None:
        found = found.where(tuple_(table.created_at, table.job) < (after.created_at, after.job))
    newest = found.order_by(table.created_at.desc(), table.job.desc()).limit(limit)
    return [(row.created_at, row.job) for row in connection.execute(newest)]


def _conditions(wanted: JobsWanted) -> Iterator[ColumnElement[bool]]:
    if wanted.states:
        yield JOB.c.state.in_(wanted.states)
    if wanted.dataset:
        yield _asks(JOB_DATASET.c.dataset == wanted.dataset)
    if wanted.askers is not None:
        yield or_(JOB.c.buyer.in_(wanted.askers), JOB.c.organisation.in_(wanted.askers))
    if wanted.since is not None:
        yield JOB.c.created_at >= wanted.since
    if wanted.until is not None:
        yield JOB.c.created_at <= wanted.until
    for word in wanted.words:
        own = (JOB.c.job, JOB.c.commit, func.lower(JOB.c.subject))
        yield or_(
            *(column.contains(word, autoescape=True) for column in own),
            _asks(func.lower(JOB_DATASET.c.dataset).contains(word, autoescape=True)),
        )


def _asks(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return JOB.c.job.in_(select(JOB_DATASET.c.job).where(condition))
