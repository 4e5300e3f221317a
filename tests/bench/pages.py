"""How long the portal's pages take with 1,000 datasets and 10,000 jobs, on SQLite or Postgres.

    PYTHONPATH=.:tests .venv/bin/python tests/bench/pages.py [--postgres] [--rounds 20]

Each page is asked for in this process by its reader, who is signed in; what is told is the median
and the 95th percentile over all rounds, in milliseconds. Wanted: 300 at the 95th percentile.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import structlog
from servers.postgres import running_postgres
from sqlalchemy import Connection, insert
from world.builders import NOW, a_listing, a_manifest, sign
from world.job_builders import a_job
from world.platform_database import made_database, sqlite_url
from world.portal_market import PortalMarket

from market.database.jobs.rows import immutable_values, mutable_values
from market.database.jobs.tables import JOB, JOB_DATASET
from market.database.platform import PlatformDatabase
from market.entities.job import AskedDataset, Job
from market.entities.job_states import WAY

DATASETS: Final = 1_000
JOBS: Final = 10_000
_AT_ONCE: Final = 1_000


def fill(market: PortalMarket, opened: PlatformDatabase) -> str:
    """The datasets, all of one owner, and the jobs on them; the id of a real job."""
    market.publish()
    for number in range(DATASETS - 1):
        dataset = f"dataset-{number:04}"
        manifest = a_manifest(market.schema, dataset=dataset)
        listing = a_listing(
            manifest, market.schema, policy=market.policy, description=market.description
        )
        market.catalogue.publish(
            sign(listing), sign(manifest), owner="olga", organisation="clinics", caps={}, now=NOW
        )
    real = market.released()
    market.planned()
    jobs = [job_of(number) for number in range(JOBS)]
    for batch in in_parts(jobs):
        opened.database.run(lambda connection, some=batch: _insert(connection, some))
    return real.job


def in_parts(jobs: list[Job]) -> Iterator[list[Job]]:
    for start in range(0, len(jobs), _AT_ONCE):
        yield jobs[start : start + _AT_ONCE]


def job_of(number: int) -> Job:
    """One of very many, most of them released."""
    job = a_job(
        job=f"job-{number:012x}",
        run=f"submit_north-lab/bench-{number}",
        created_at=NOW - JOBS + number,
        datasets=(AskedDataset(f"dataset-{number % (DATASETS - 1):04}", 1),),
    )
    ended = replace(job, state=WAY[-1], subject=f"Question {number}", prices_cents=(1_250,))
    return replace(ended, statistics="2 statistics: count, mean", updated_at=job.created_at)


def _insert(connection: Connection, jobs: list[Job]) -> None:
    connection.execute(insert(JOB), [immutable_values(j) | mutable_values(j) for j in jobs])
    asked = [
        {
            "job": job.job,
            "place": 0,
            "dataset": job.datasets[0].dataset,
            "version": 1,
            "edition": job.datasets[0].edition,
            "agreement": None,
            "created_at": job.created_at,
        }
        for job in jobs
    ]
    connection.execute(insert(JOB_DATASET), asked)


def places(job: str) -> dict[str, list[str]]:
    """What each reader asks for."""
    dataset = f"/datasets/{PortalMarket.dataset}"
    return {
        "bob": ["/", "/?words=visits", "/?words=vizits", "/?access=granted", "/?price=5",
                dataset, "/jobs", "/jobs?words=question",
                "/jobs?state=under-way", f"/jobs/{job}", "/inbox", "/account"],
        "olga": ["/", dataset, "/jobs", "/jobs?words=question", "/inbox"],
        "ada": ["/administration", "/administration/operations", "/administration/audit"],
    }  # fmt: skip


def measure(market: PortalMarket, job: str, rounds: int) -> None:
    """Print a line for each page."""
    for reader, paths in places(job).items():
        browser = market.browser(reader)
        for path in paths:
            took = []
            for _ in range(rounds):
                began = time.perf_counter()
                answer = browser.get(path)
                took.append(1_000 * (time.perf_counter() - began))
                assert answer.status_code == 200, (path, answer.status_code)
            p95 = statistics.quantiles(took, n=20, method="inclusive")[-1]
            print(f"{reader:5} {path:40} median {statistics.median(took):7.1f}  p95 {p95:7.1f}")


def main() -> None:
    """Fill, and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = sqlite_url(home)
        if options.postgres:
            url = stack.enter_context(running_postgres()).empty()
        opened = made_database(url)
        stack.callback(opened.database.close)
        market = PortalMarket(home, opened)
        job = fill(market, opened)
        measure(market, job, options.rounds)


if __name__ == "__main__":
    main()
