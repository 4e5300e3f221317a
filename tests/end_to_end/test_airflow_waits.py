"""A real Airflow with two slots: waits hold none of them, and end in words."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from servers.airflow import RunningPlatform
from world.waiting import PATIENCE_SECONDS, eventually

from market.errors import Refused, Unavailable

pytestmark = pytest.mark.timeout(900)

DAG = "submit_north-lab"
WAITING = 10
"""Five times the platform's slots."""


def submit(running: RunningPlatform, run: str, **changes: str) -> str:
    named = running.scheduler.run_of("north-lab", run)
    running.scheduler.trigger(named, "bob", running.form(**changes))
    return run


def planned(running: RunningPlatform, run: str) -> bool:
    job = running.platform.jobs.find_run(f"{DAG}/{run}")
    return job is not None and job.state == "planned"


def all_wait(running: RunningPlatform, client: httpx.Client, runs: list[str]) -> bool:
    return all(
        running.task_states(client, DAG, run)["await_signatures"] == "awaiting_input"
        for run in runs
    )


def test_ten_waiting_jobs_do_not_delay_an_eleventh(running_platform: RunningPlatform) -> None:
    with running_platform.airflow("bob") as bob:
        # All at once: Airflow's writers must not wait for each other in a circle.
        with ThreadPoolExecutor(WAITING) as people:
            names = [f"waiting-{number}" for number in range(WAITING)]
            waiting = list(people.map(lambda name: submit(running_platform, name), names))
        eventually(lambda: all_wait(running_platform, bob, waiting))

        eleventh = submit(running_platform, "eleventh")
        eventually(lambda: planned(running_platform, eleventh))
        # It passed them, with fewer slots than there are waits: a wait holds none.
        assert all_wait(running_platform, bob, waiting)


def test_cancelled_job_ends_its_run_with_a_message(running_platform: RunningPlatform) -> None:
    run = submit(running_platform, "cancelled")
    eventually(lambda: planned(running_platform, run))
    job = running_platform.platform.jobs.find_run(f"{DAG}/{run}")
    assert job is not None
    token = running_platform.platform.people.issue_token(
        "bob", ("client",), "test", now=int(time.time()), lifetime_seconds=600
    )
    url = running_platform.settings.portal_url
    assert cancel(url, token, job.job) == 200
    with running_platform.airflow("bob") as bob:
        eventually(
            lambda: running_platform.task_states(bob, DAG, run)["evaluate"] == "upstream_failed",
        )
        wait = bob.get(f"/api/v2/dags/{DAG}/dagRuns/{run}/taskInstances/await_signatures").json()
    assert wait["state"] == "failed"
    assert wait["note"] == "The job has ended: the portal's job page says why."


def test_refused_job_ends_its_run_without_waiting(running_platform: RunningPlatform) -> None:
    run = submit(running_platform, "refused", commit="0" * 40)
    with running_platform.airflow("bob") as bob:
        eventually(
            lambda: running_platform.task_states(bob, DAG, run)["plan"] == "failed",
        )
        states = running_platform.task_states(bob, DAG, run)
    assert states["await_signatures"] in (None, "upstream_failed")
    job = running_platform.platform.jobs.find_run(f"{DAG}/{run}")
    assert job is not None
    assert job.state in ("refused", "failed")
    assert job.end.code in logs(running_platform, run)


def logs(running: RunningPlatform, run: str) -> str:
    folder = Path(running.settings.home) / "airflow" / "logs"
    found = [path for path in folder.rglob("*.log") if f"run_id={run}/" in str(path)]
    assert found
    return "\n".join(path.read_text() for path in found)


def cancel(url: str, token: str, job: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(
        f"{url}/api/v1/jobs/{job}/cancel", headers=headers, timeout=PATIENCE_SECONDS
    ).status_code


def test_dataset_the_form_does_not_offer_yet_is_late_not_refused(
    running_platform: RunningPlatform,
) -> None:
    with pytest.raises(Unavailable, match="form-not-ready") as late:
        submit(running_platform, "early", dataset="granted-a-second-ago")
    assert "granted-a-second-ago" in late.value.message
    with pytest.raises(Refused, match="form-refused") as refused:
        submit(running_platform, "malformed", commit="main")
    assert "Failed validating" not in refused.value.message
