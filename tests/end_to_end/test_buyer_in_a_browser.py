"""A buyer's whole way in a real browser: portal, Airflow's form, signature, result, receipt."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright
from servers.demo import ToldDemo

from market.demo.catalogue.story import BUYER, DATASET
from market.demo.terminal import market

pytestmark = pytest.mark.timeout(1_200)

PATIENCE_SECONDS = 300
"""Of a busy machine; a quiet one needs a few."""
BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=BROWSER)
        context = browser.new_context(accept_downloads=True)
        page = context.new_page()
        page.set_default_timeout(1_000 * PATIENCE_SECONDS)
        expect.set_options(timeout=1_000 * PATIENCE_SECONDS)
        yield page
        browser.close()


def head_of(repository: Path) -> str:
    command = ["git", "-c", "safe.directory=*", "-C", str(repository), "rev-parse", "HEAD"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def sign_in(page: Page, demo: ToldDemo) -> None:
    page.goto(demo.report["addresses"]["Portal"])
    page.get_by_label("User").fill(BUYER)
    page.get_by_label("Password").fill(demo.report["users"][BUYER])
    page.get_by_role("button", name="Sign in").click()


def fill_airflows_form(page: Page, demo: ToldDemo, commit: str) -> None:
    page.get_by_role("button", name=re.compile("Trigger")).first.click()
    values = {
        "repository": f"file://{demo.folder / 'repository'}",
        "commit": commit,
        "epsilon": "1.5",
    }
    for name, value in values.items():
        page.locator(f'[name="element_{name}"]').fill(value)
    # Nothing is chosen for anybody, and the form says what is missing.
    expect(page.get_by_text("This field is required")).to_be_visible()
    page.locator("#element_dataset").click()
    page.get_by_role("option", name=re.compile(DATASET)).click()
    page.get_by_test_id("trigger-dag-submit").click()


def test_buyer_goes_from_catalogue_to_receipt(
    page: Page, told_demo: ToldDemo, tmp_path: Path
) -> None:
    buyer = told_demo.stage.role("buyer")
    before = {job["job"] for job in market(buyer, "jobs")}
    sign_in(page, told_demo)
    page.get_by_role("link", name=re.compile("Doctor visits")).first.click()
    expect(page.get_by_role("heading", name="Columns")).to_be_visible()
    assert Axe().run(page).violations_count == 0

    page.get_by_role("link", name="In Airflow").click()
    page.get_by_role("button").filter(has_text="Airflow").click()
    page.wait_for_url(re.compile(r"/dags/submit_"))
    commit = head_of(told_demo.folder / "repository")
    fill_airflows_form(page, told_demo, commit)

    page.goto(told_demo.report["addresses"]["Portal"] + "/jobs")
    job = _new_job(told_demo, before)
    patience = ("--timeout-seconds", str(PATIENCE_SECONDS))
    market(buyer, "job", "wait", job, "--until", "planned", *patience)
    page.goto(f"{told_demo.report['addresses']['Portal']}/jobs/{job}")
    expect(page.get_by_text(f"market sign {job}").first).to_be_visible()
    assert Axe().run(page).violations_count == 0

    repository = f"file://{told_demo.folder / 'repository'}"
    market(buyer, "sign", job, "--repository", repository, "--commit", commit, "--yes")
    market(buyer, "job", "wait", job, *patience)
    page.reload()
    expect(page.get_by_role("heading", name="The result is sealed to its buyer")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="Download receipt").click()
    receipt = tmp_path / "receipt.json"
    download.value.save_as(receipt)
    verified = market(buyer, "receipt", "verify", str(_readable(receipt, buyer.home)))
    assert verified
    opened = market(buyer, "result", "open", job)
    assert {answer["name"] for answer in opened["answers"]} >= {"rows", "visits_mean"}


def _new_job(demo: ToldDemo, before: set[str]) -> str:
    buyer = demo.stage.role("buyer")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        new = [job for job in market(buyer, "jobs") if job["job"] not in before]
        if new:
            assert [asked["dataset"] for asked in new[0]["datasets"]] == [DATASET]
            return str(new[0]["job"])
    raise AssertionError("the run never became a job")


def _readable(path: Path, home: Path) -> Path:
    copy = home / "downloaded-receipt.json"
    copy.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True, separators=(",", ":")))
    return copy
