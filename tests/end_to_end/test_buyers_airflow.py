"""Airflow's pages as a buyer sees them, in a real browser: nothing they may not use, and a program
from their own machine on its way through a real run."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page
from servers.airflow import RunningPlatform
from world.airflow_pages import OWN_FORM, open_form, signed_on
from world.bundles import git_bundle
from world.live_pages import browsing
from world.waiting import eventually

from market.airflow.theme import HIDDEN_FROM_ALL, HIDDEN_FROM_READERS
from market.entities.job import Job
from market.policy.submission.bundle_address import bundle_address
from market.services.submit.send_program import send_program

pytestmark = pytest.mark.timeout(900)

HIDDEN = HIDDEN_FROM_ALL | HIDDEN_FROM_READERS
PAGES = {
    "/": "health of components",
    "/dags": "pause",
    "/dags/{dag}": "delete",
    "/dags/{dag}/runs": "acts on a line",
    "{run}": "mark as",
    "{wait}": "answers to waits",
}
"""By what is there last, shown or not."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as opened:
        yield opened


def job_of(running: RunningPlatform, run: str) -> Job | None:
    return running.platform.jobs.find_run(f"{OWN_FORM}/{run}")


def planned(running: RunningPlatform, run: str) -> bool:
    job = job_of(running, run)
    return job is not None and job.state == "planned"


def waits(running: RunningPlatform, client: httpx.Client, run: str) -> bool:
    return running.task_states(client, OWN_FORM, run)["await_signatures"] == "awaiting_input"


@pytest.fixture(scope="module")
def waiting(running_platform: RunningPlatform) -> str:
    """A run of bob's that waits for signatures."""
    run = "looked-at"
    named = running_platform.scheduler.run_of("north-lab", run)
    running_platform.scheduler.trigger(named, "bob", running_platform.form())
    with running_platform.airflow("bob") as bob:
        eventually(lambda: waits(running_platform, bob, run))
    return run


def shown(page: Page, running: RunningPlatform, run: str) -> dict[str, tuple[bool, bool]]:
    """Of everything that may be hidden: whether it is on some page at all, and whether it shows."""
    found = dict.fromkeys(HIDDEN, (False, False))
    names = {"dag": OWN_FORM, "run": f"/dags/{OWN_FORM}/runs/{run}"}
    names["wait"] = f"{names['run']}/tasks/await_signatures/required_actions"
    for path, last in PAGES.items():
        page.goto(running.settings.airflow_url + path.format(**names))
        page.locator(HIDDEN[last]).first.wait_for(state="attached")
        page.wait_for_load_state("networkidle")
        if path == "/dags/{dag}":
            open_form(page)
        for what, selector in HIDDEN.items():
            here = page.locator(selector).all()
            there, seen = found[what]
            found[what] = (there or bool(here), seen or any(one.is_visible() for one in here))
    return found


def test_buyer_sees_nothing_in_airflow_that_they_may_not_use(
    browser: Browser, running_platform: RunningPlatform, waiting: str
) -> None:
    """The administrator does: the style sheet names what the pages of this release really hold."""
    page = signed_on(browser, running_platform, "bob", locale="de-DE")
    buyers = shown(page, running_platform, waiting)
    assert {what for what, (_, seen) in buyers.items() if seen} == set()
    operators = shown(signed_on(browser, running_platform, "ada"), running_platform, waiting)
    assert {what for what, (_, seen) in operators.items() if seen} == set(HIDDEN_FROM_READERS)
    # Not even an administrator presses what the platform alone may.
    assert all(operators[what] == (True, False) for what in HIDDEN_FROM_ALL)


def test_file_of_a_bundle_goes_from_the_portals_form_through_airflow(
    browser: Browser, running_platform: RunningPlatform, tmp_path: Path
) -> None:
    checkout = Path(running_platform.program[0].removeprefix("file://"))
    data = git_bundle(checkout)
    file = tmp_path / "program.bundle"
    file.write_bytes(data)
    page = signed_on(browser, running_platform, "bob")
    page.goto(f"{running_platform.settings.portal_url}/jobs/new")
    page.get_by_label("What is asked").select_option(running_platform.form()["dataset"])
    page.get_by_label("Or a git bundle of it").set_input_files(file)
    page.get_by_label("Epsilon").fill("0.50")
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url(re.compile(r"/jobs/job-"))
    job = running_platform.platform.jobs.get(page.url.split("/")[-1].partition("?")[0])
    assert (job.repository, job.commit) == (bundle_address(data), running_platform.program[1])
    eventually(lambda: running_platform.platform.jobs.get(job.job).state == "planned")


def test_sent_bundle_is_named_in_airflows_own_form(running_platform: RunningPlatform) -> None:
    data = git_bundle(Path(running_platform.program[0].removeprefix("file://")))
    bob = running_platform.platform.people.user("bob")
    sent = send_program(running_platform.platform, bob, data, now=int(time.time()))
    form = running_platform.form(
        repository=f" {sent.repository.upper()}\n".replace("BUNDLE", "bundle")
    )
    with running_platform.airflow("bob") as client:
        body = {"logical_date": None, "dag_run_id": "bundled", "conf": form}
        assert client.post(f"/api/v2/dags/{OWN_FORM}/dagRuns", json=body).status_code == 200
    eventually(lambda: planned(running_platform, "bundled"))
    job = job_of(running_platform, "bundled")
    assert job is not None
    assert job.repository == sent.repository
