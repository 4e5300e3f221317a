"""The whole platform over a Postgres server: its own database, and Airflow's beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from servers.airflow import RunningPlatform, started_platform
from servers.postgres import Postgres
from world.waiting import eventually

from market.airflow import metadatabase
from market.entities.job import Job
from market.errors import Refused
from market.services.jobs.end_job import cancel_job

pytestmark = pytest.mark.timeout(600)

DAG, RUN = "submit_north-lab", "over-postgres"


@pytest.fixture(scope="module")
def running(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningPlatform]:
    # As a password with signs comes: Airflow reads some of them as its own.
    airflow = postgres.empty().replace("host=/", "host=%2F")
    with started_platform(
        tmp_path_factory.mktemp("platform"),
        database_url=postgres.empty(),
        airflow_database_url=airflow,
    ) as running:
        yield running


def test_job_goes_from_form_through_its_waits_to_its_end(running: RunningPlatform) -> None:
    running.scheduler.trigger(running.scheduler.run_of("north-lab", RUN), "bob", running.form())
    eventually(lambda: found(running) is not None and job(running).state == "planned")
    with running.airflow("bob") as bob:
        eventually(lambda: states(running, bob)["await_signatures"] == "awaiting_input")
        platform = running.platform
        cancel_job(platform, platform.people.user("bob"), job(running).job, now=int(time.time()))
        eventually(lambda: states(running, bob)["evaluate"] == "upstream_failed")
    assert job(running).state == "cancelled"
    assert not list(Path(running.settings.home).rglob("*.db"))


def test_database_of_airflow_is_its_own_and_knows_who_migrated_it(
    running: RunningPlatform,
) -> None:
    settings = running.settings
    elsewhere = replace(settings, home=settings.home / "another-pods")
    assert metadatabase.is_migrated(elsewhere)
    shared = replace(settings, airflow_database_url=settings.database_url)
    with pytest.raises(Refused, match=r"airflow-database: .*platform_"):
        metadatabase.is_migrated(shared)


def found(running: RunningPlatform) -> Job | None:
    return running.platform.jobs.find_run(f"{DAG}/{RUN}")


def job(running: RunningPlatform) -> Job:
    found_job = found(running)
    assert found_job is not None
    return found_job


def states(running: RunningPlatform, client: object) -> dict[str, str | None]:
    return running.task_states(client, DAG, RUN)  # type: ignore[arg-type]
