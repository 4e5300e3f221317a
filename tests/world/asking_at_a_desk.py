"""What a buyer presses at their desk in a real browser, whoever answers; each page is looked at."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NARROW_PIXELS = 390


def look(page: Page) -> None:
    """That axe finds nothing on the page, and that it fits a telephone."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}:\n{found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW_PIXELS, page.url


def price(page: Page) -> None:
    """From a program's page to what it costs."""
    page.get_by_role("button", name="Price", exact=True).click()
    page.get_by_role("heading", name="How exact, for how much").wait_for()


def hand_in(page: Page) -> str:
    """Submit what was priced, by a double click that is sent once; the job."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_role("button", name="Submit at epsilon").dblclick()
    page.get_by_role("heading", name="Building the plan").wait_for()
    assert sum(url.endswith("/submit") for url in sent) == 1
    return page.url.partition("?")[0].rpartition("/")[2]


def read_and_sign(page: Page, told: str) -> None:
    """Build the plan again, read it, sign it; what is `told` says so."""
    page.get_by_role("button", name="Build it again and read it").click()
    page.get_by_role("heading", name="Read, then sign").wait_for()
    look(page)
    page.get_by_role("button", name="Sign it").click()
    page.get_by_text(told).wait_for()


def open_answer(page: Page, told: str) -> None:
    """Open what was answered, beside which stands what is `told` of it."""
    page.get_by_role("button", name="Open it").click()
    page.get_by_role("heading", name="Answers").wait_for()
    page.get_by_text(told).first.wait_for()
    look(page)
