"""What counts jobs reads an index, whose part that it reads does not grow with jobs long ended."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import insert, text
from world.builders import NOW
from world.job_builders import a_job
from world.ports import Ports

from market.database.jobs.admission import submitted_of, under_way_of
from market.database.jobs.queues import ends_since, lasting, queues_under_way
from market.database.jobs.rows import immutable_values, mutable_values
from market.database.jobs.sql_jobs import SqlJobs
from market.database.jobs.tables import JOB
from market.ports.jobs import Jobs

ENDED = 3_000
HOUR = 3_600


@pytest.mark.parametrize("ports", ["sqlite", "postgres"], indirect=True)
def test_counting_jobs_reads_an_index(ports: Ports, jobs: Jobs) -> None:
    assert isinstance(jobs, SqlJobs)
    job = replace(a_job(), state="released", updated_at=NOW - 2 * HOUR)
    rows = [
        immutable_values(one) | mutable_values(one)
        for one in (replace(job, job=f"job-{n}", run=f"run-{n}") for n in range(ENDED))
    ]
    with jobs.database.transaction() as connection:
        connection.execute(insert(JOB), rows)
        connection.execute(text("ANALYZE job"))
    is_sqlite = jobs.database.engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    # Of the states alone, whichever of both it is.
    by_state = ("ix_job_state_", "ix_job_organisation_state")
    for statement, indices in (
        (queues_under_way(), by_state),
        (ends_since(NOW - HOUR), by_state),
        (lasting("requested", NOW - HOUR, 20), by_state),
        (under_way_of("north-lab"), by_state),
        (submitted_of("north-lab", NOW + 24 * HOUR), ("ix_job_organisation_created_at_job",)),
    ):
        literal = statement.compile(jobs.database.engine, compile_kwargs={"literal_binds": True})
        with jobs.database.reading() as connection:
            plan = "\n".join(map(str, connection.execute(text(f"{explain}{literal}"))))
        assert any(index in plan for index in indices), plan
        assert "SCAN job" not in plan, plan
        assert "Seq Scan" not in plan, plan
    assert jobs.queues() == []
    assert jobs.ends_since(NOW - HOUR) == []


def test_jobs_that_last_come_longest_first(jobs: Jobs) -> None:
    for number, since in ((1, NOW - 60), (2, NOW - 90), (3, NOW - 59)):
        jobs.add(replace(a_job(), job=f"job-{number}", run=f"run-{number}", updated_at=since))
    found = jobs.lasting("submitted", since=NOW - 60, limit=10)
    assert [job.job for job in found] == ["job-2", "job-1"]
    assert [job.job for job in jobs.lasting("submitted", since=NOW, limit=1)] == ["job-2"]
    assert jobs.lasting("planned", since=NOW, limit=10) == []
