"""Airflow's pages in a real browser, as somebody of the portal's sees them."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, Page
from servers.airflow import PASSWORD, RunningPlatform

from world.waiting import PATIENCE_SECONDS

OWN_FORM = "submit_north-lab"
"""The DAG of bob's organisation."""


def signed_on(browser: Browser, running: RunningPlatform, name: str, **context: Any) -> Page:
    """Somebody's browser, from the portal's sign-in at the DAG of bob's organisation.

    Args:
        context: what else is said of the browser, as Playwright takes it.
    """
    page = browser.new_context(**context).new_page()
    page.set_default_timeout(1_000 * PATIENCE_SECONDS)
    page.goto(f"{running.settings.portal_url}/sign-in?next=/jobs")
    page.get_by_label("User").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    page.goto(f"{running.settings.portal_url}/airflow?next=/dags/{OWN_FORM}")
    page.get_by_role("button").filter(has_text="Airflow").click()
    page.wait_for_url(re.compile(rf"/dags/{OWN_FORM}"))
    return page


def open_form(page: Page) -> None:
    """The form of the DAG whose page is shown."""
    page.get_by_test_id("trigger-dag-button").click()
    page.locator('[name="element_commit"]').wait_for()
