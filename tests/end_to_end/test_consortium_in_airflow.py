"""Two consortia in the whole platform, in a real browser: a member finds their page, form and runs;
an outsider and a member of the other one find neither DAG nor run nor name."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright
from servers.airflow import PASSWORD, RunningPlatform
from world.builders import an_appointment, sign
from world.consortium_builders import CONSORTIUM, a_join_proposal, agent_name
from world.consortium_market import founded
from world.people import CAROL, DORA, HUGO, settle
from world.waiting import PATIENCE_SECONDS, eventually

from market.entities.people import User
from market.services.access.refresh_forms import refresh_forms
from market.services.platform import Platform

pytestmark = pytest.mark.timeout(900)

DAG, TITLE = f"consortium_{CONSORTIUM}_1", "Visits everywhere"
ELSEWHERE, OTHER_TITLE = "consortium_matched-people_1", "Matched people"
RUN = "asked-together"
PAGE_SECONDS = 60
"""Of a busy machine; a quiet one needs two."""
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Members:
    """What world.consortium_market asks of a market."""

    platform: Platform
    now: int

    def user(self, name: str) -> User:
        return self.platform.people.user(name)


@pytest.fixture(scope="module")
def running(running_platform: RunningPlatform) -> RunningPlatform:
    """Three clinics' consortium with a run of olga's, and one that hugo's auditors help."""
    platform, now = running_platform.platform, int(time.time())
    settle(platform.people, CAROL, DORA, HUGO)
    for user in (CAROL, DORA, HUGO):
        word = sign(an_appointment(agent_name(user.organisation)), by=user.user)
        platform.appointments.add(user.user, word, now=now)
    market = Members(platform, now)
    founded(market)  # type: ignore[arg-type]
    elsewhere = a_join_proposal(consortium="matched-people", title=OTHER_TITLE)
    founded(market, "agreed", elsewhere)  # type: ignore[arg-type]
    refresh_forms(platform, now=now)
    with running_platform.airflow("olga") as olga:
        eventually(lambda: DAG in dags(olga) and ELSEWHERE in dags(olga))
        body = {"dag_run_id": RUN, "logical_date": None, "conf": form(running_platform)}
        answer = olga.post(f"/api/v2/dags/{DAG}/dagRuns", json=body)
        assert answer.status_code == 200, answer.text
    return running_platform


def form(running: RunningPlatform, **changes: str) -> dict[str, str]:
    repository, commit = running.program
    values = {"repository": repository, "commit": commit, "epsilon": "0.5"}
    return values | {"recipient": "olga", "verified": "no"} | changes


def dags(client: httpx.Client) -> set[str]:
    return {dag["dag_id"] for dag in client.get("/api/v2/dags?limit=100").json()["dags"]}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        expect.set_options(timeout=1_000 * PAGE_SECONDS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(1_000 * PAGE_SECONDS)
    yield page
    context.close()


def sign_in(page: Page, running: RunningPlatform, user: str) -> None:
    page.goto(f"{running.settings.portal_url}/sign-in")
    page.get_by_label("User").fill(user)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Catalogue").wait_for()


def enter_airflow(page: Page, running: RunningPlatform, target: str) -> None:
    """As a person does who follows a link of the portal's."""
    page.goto(f"{running.settings.portal_url}/airflow?next={target}")
    page.get_by_role("button").filter(has_text="Airflow").click()
    page.wait_for_url(re.compile(re.escape(running.settings.airflow_url)))


def test_member_goes_from_dashboard_to_form_and_runs(page: Page, running: RunningPlatform) -> None:
    sign_in(page, running, "olga")
    page.get_by_role("link", name="Consortia").click()
    page.get_by_role("link", name=TITLE).click()
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.get_by_role("link", name="In Airflow", exact=True).click()
    page.get_by_role("button").filter(has_text="Airflow").click()
    page.wait_for_url(re.compile(rf"/dags/{DAG}"))
    page.get_by_role("button", name=re.compile("Trigger")).first.click()
    expect(page.locator('[name="element_repository"]')).to_be_visible()
    page.locator("#element_recipient").click()
    for name in ("Olga (olga, clinics)", "Dora Owner (dora, insurers)"):
        expect(page.get_by_role("option", name=name)).to_be_visible()
    enter_airflow(page, running, f"/dags/{DAG}/runs")
    expect(page.get_by_text(RUN).first).to_be_visible()


def test_run_is_planned_for_its_recipient_and_waits_for_signatures(
    running: RunningPlatform,
) -> None:
    def planned() -> bool:
        job = running.platform.jobs.find_run(f"{DAG}/{RUN}")
        assert job is None or job.end is None, job
        return job is not None and job.state == "planned"

    eventually(planned)
    job = running.platform.jobs.find_run(f"{DAG}/{RUN}")
    assert job is not None
    assert (job.buyer, job.engine, job.is_verified) == ("olga", "members", False)
    with running.airflow("olga") as olga:
        eventually(
            lambda: running.task_states(olga, DAG, RUN)["await_signatures"] == "awaiting_input"
        )
        assert set(running.task_states(olga, DAG, RUN)) == {
            "plan",
            "await_signatures",
            "seal",
            "await_release",
        }


@pytest.mark.parametrize(("user", "shown"), [("bob", "Submit a job"), ("hugo", OTHER_TITLE)])
def test_stranger_finds_neither_dag_nor_run_nor_name(
    page: Page, running: RunningPlatform, user: str, shown: str
) -> None:
    """Bob is in no consortium; hugo is in another one."""
    sign_in(page, running, user)
    portal = running.settings.portal_url
    for path in ("/", "/jobs", "/inbox", "/consortia"):
        page.goto(portal + path)
        assert not names_it(page), path
    page.goto(f"{portal}/consortia/{CONSORTIUM}")
    expect(page.get_by_text("no-consortium")).to_be_visible()
    enter_airflow(page, running, "/dags")
    expect(page.get_by_text(shown).first).to_be_visible()
    assert not names_it(page)
    for path in (f"/dags/{DAG}", f"/dags/{DAG}/runs", f"/dags/{DAG}/runs/{RUN}"):
        assert answers_about_it(page, running.settings.airflow_url + path) == {403}
        # What such a page shows is what its own address says.
        assert TITLE not in page.content()
        assert RUN in path or RUN not in page.content()


def answers_about_it(page: Page, url: str) -> set[int]:
    """How Airflow answers what a page of it asks about the DAG."""
    told: list[Response] = []
    page.on("response", lambda answer: told.append(answer) if f"/{DAG}" in answer.url else None)
    with page.expect_response(re.compile(rf"/api/v2/dags/{DAG}(/details)?$")):
        page.goto(url)
    return {answer.status for answer in told if "/api/v2/" in answer.url}


def names_it(page: Page) -> bool:
    return any(name in page.content() for name in (TITLE, CONSORTIUM, RUN))


@pytest.mark.parametrize("user", ["bob", "hugo"])
def test_strangers_programs_are_told_as_little(running: RunningPlatform, user: str) -> None:
    with running.airflow(user) as client:
        assert DAG not in dags(client)
        told = client.get("/api/v2/dags/~/dagRuns?limit=1000").text
        assert CONSORTIUM not in told
        assert RUN not in told
        for path in (
            "",
            "/details",
            "/dagRuns",
            f"/dagRuns/{RUN}",
            f"/dagRuns/{RUN}/taskInstances",
        ):
            assert client.get(f"/api/v2/dags/{DAG}{path}").status_code == 403, path
        body = {"logical_date": None, "conf": form(running)}
        assert client.post(f"/api/v2/dags/{DAG}/dagRuns", json=body).status_code == 403
    token = running.platform.people.issue_token(
        user, ("client",), "test", now=int(time.time()), lifetime_seconds=600
    )
    headers, portal = {"Authorization": f"Bearer {token}"}, running.settings.portal_url
    listed = httpx.get(f"{portal}/api/v1/consortia", headers=headers, timeout=PATIENCE_SECONDS)
    assert CONSORTIUM not in listed.text
    one = httpx.get(
        f"{portal}/api/v1/consortia/{CONSORTIUM}", headers=headers, timeout=PATIENCE_SECONDS
    )
    assert (one.status_code, one.json()["code"]) == (404, "no-consortium")


def test_member_of_both_reads_both_and_triggers_with_a_recipient_of_the_agreement(
    running: RunningPlatform,
) -> None:
    with running.airflow("carol") as carol:
        assert dags(carol) == {DAG, ELSEWHERE}
        body = {"logical_date": None, "conf": form(running, recipient="hugo")}
        refused = carol.post(f"/api/v2/dags/{DAG}/dagRuns", json=body)
        assert refused.status_code == 400
        assert "recipient" in refused.text
        runs = carol.get(f"/api/v2/dags/{DAG}/dagRuns").json()["dag_runs"]
        assert [run["dag_run_id"] for run in runs] == [RUN]
