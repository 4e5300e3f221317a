"""A run called `.` keeps nobody else's run waiting.

Whoever triggers a run in Airflow may name it, and `.` is a name it allows (`..` too, where a
setting says so). In an address such a segment is left out: the platform would ask Airflow about
another thing than the run, take what it hears for a defect, and come to no other run's answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from fastapi import FastAPI, HTTPException, Request
from world.builders import DATASET
from world.loopback import free_port, serving
from world.market import MEAN_AGE, REPOSITORY, Market

from crypto.secret import Secret, unchanging
from market.airflow.scheduler import AirflowScheduler
from market.entities.job import Job
from market.errors import MarketError
from market.policy.submission.submission import Submission
from market.services.compute.plan_job import plan_job
from market.services.jobs.end_job import cancel_job
from market.services.operation.keep_house import answer_waits
from market.services.submit.take_in_run import take_in_run

ALLOWED = re.compile("^[A-Za-z0-9_.~:+-]+$")
"""Airflow's `scheduler.allowed_run_id_pattern`."""
NAMES = ["..", ".", "manual__2026-01-01T00:00:00+00:00"]


class ParkedRuns:
    """As much of Airflow's API as answers are given by, at its own addresses: every run is parked
    at its first wait."""

    def __init__(self) -> None:
        self.ended: dict[str, str] = {}
        self.app = FastAPI()
        runs = "/api/v2/dags/{dag}/dagRuns"
        self.app.post("/auth/code", status_code=201)(lambda: {"access_token": "token"})
        self.app.get("/api/v2/dags/{dag}")(lambda: {"dag_id": "submit_lab"})
        self.app.get(runs)(lambda: {"dag_runs": []})
        self.app.get(f"{runs}/{{run}}")(lambda: {"state": "running"})
        self.app.get(f"{runs}/{{run}}/taskInstances/{{task}}")(self.state)
        self.app.patch(f"{runs}/{{run}}/taskInstances/{{task}}")(self.end)

    def state(self, run: str, task: str) -> dict[str, str]:
        if task != "await_signatures":
            raise HTTPException(404)
        return {"state": self.ended.get(run, "awaiting_input")}

    async def end(self, run: str, request: Request) -> None:
        self.ended[run] = (await request.json())["new_state"]


@pytest.fixture
def airflow() -> Iterator[tuple[ParkedRuns, AirflowScheduler]]:
    parked, port = ParkedRuns(), free_port()
    scheduler = AirflowScheduler(f"http://127.0.0.1:{port}", unchanging(Secret(b"s" * 32)))
    with serving(parked.app, port):
        yield parked, scheduler
    scheduler.close()


def cancelled(market: Market, name: str) -> Job:
    """A job whose run was started in Airflow under this name, and waits there for its end."""
    assert ALLOWED.match(name)
    asked = Submission(REPOSITORY, market.programs.commit(MEAN_AGE), DATASET, "0.5")
    run = market.scheduler.run_of(market.bob.organisation, name)
    job = take_in_run(market.platform, market.bob, run=run, submission=asked, now=market.now)
    planned = plan_job(market.platform, job, now=market.now)
    assert planned.state == "planned"
    return cancel_job(market.platform, market.bob, job.job, now=market.now)


def test_every_run_hears_its_answer_whatever_its_name(
    airflow: tuple[ParkedRuns, AirflowScheduler],
) -> None:
    parked, scheduler = airflow
    market = Market()
    market.publish()
    for name in NAMES:
        cancelled(market, name)
        market.now += 1
    with suppress(MarketError):
        answer_waits(replace(market.platform, scheduler=scheduler), now=market.now)
    assert parked.ended == dict.fromkeys(NAMES, "failed")
    assert market.jobs.answers_owed() == []
