"""A buyer in a real browser, from a dataset to an opened chart; signing and opening by keyboard.

On every page: no accessibility violation, no complaint of the browser, nothing wider than a small
telephone.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from world.buyers_place import answer, buyers_place, plan
from world.command_lines import CommandLines
from world.live_pages import browsing
from world.people import PASSWORD
from world.served_desk import served_desk

pytestmark = pytest.mark.processes

WIDTH = 390


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLines]:
    with buyers_place(tmp_path_factory.mktemp("market")) as place:
        yield place


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A dark telephone that has opened the desk's link."""
    with served_desk(tmp_path) as (_desk, admission), browsing() as browser:
        size = {"width": WIDTH, "height": 800}
        context = browser.new_context(color_scheme="dark", viewport=size)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(admission.new_link())
        yield page
        assert complaints == []


def look(page: Page) -> None:
    """Raises AssertionError for what is wrong with a page, its details opened."""
    for summary in page.locator("summary").all():
        summary.click()
    needed = page.evaluate("document.documentElement.scrollWidth")
    assert needed <= WIDTH, f"{page.url} needs {needed} px"
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}:\n{found.generate_report()}"


def press(page: Page, name: str, *, role: str = "button") -> None:
    """Reach a control by Tab alone, and press Enter."""
    wanted = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    wanted.wait_for()
    page.locator("body").press("Home")
    for _ in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"no way to {name!r} by keyboard on {page.url}")


def arrive(page: Page, heading: str) -> None:
    page.get_by_role("heading", name=heading, exact=True).first.wait_for(timeout=60_000)
    look(page)


def test_a_buyer_reaches_an_opened_chart(place: CommandLines, page: Page, tmp_path: Path) -> None:
    page.get_by_role("link", name="Make your key").click()
    page.get_by_role("button", name="Make your key").click()
    page.get_by_role("link", name="Sign in", exact=True).click()
    page.get_by_label("Address of the portal").fill(place.words["url"])
    page.get_by_label("User", exact=True).fill("bob")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    arrive(page, "Your desk")

    page.get_by_role("link", name="Find", exact=True).click()
    arrive(page, "Find a dataset")
    page.get_by_role("link", name="Doctor visits").click()
    arrive(page, "Doctor visits")
    page.get_by_role("link", name="Ask a question").click()
    arrive(page, "Programs")
    folder = tmp_path / "question"
    page.get_by_label("New folder on this machine").fill(str(folder))
    page.get_by_role("button", name="Start it").click()
    arrive(page, "question")
    git = ["git", "-C", str(folder), "remote", "add", "origin", folder.as_uri()]
    subprocess.run(git, check=True)

    page.get_by_role("button", name="Rehearse").click()
    arrive(page, "Rehearsal")
    page.get_by_role("button", name="Price it").click()
    arrive(page, "How exact, for how much")
    slide(page)
    page.get_by_role("button", name="Submit at epsilon 20").click()
    page.get_by_role("heading", name="Building the plan").wait_for()
    look(page)

    job = page.url.partition("?")[0].rpartition("/")[2]
    plan(place, job)
    arrive(page, "It waits for your signature")
    press(page, "Build it again and read it")
    arrive(page, "Read, then sign")
    press(page, "Sign it")
    page.get_by_text("Signed. The owner").wait_for()
    answer(place, job)
    arrive(page, "The answer is here, sealed to you")
    press(page, "Open it")
    arrive(page, "Answers")
    chart = page.locator(".chart img").first
    assert chart.evaluate("one => one.complete && one.naturalWidth > 100")
    assert "-dark.svg" in chart.evaluate("one => one.currentSrc")
    page.get_by_role("link", name="Results", exact=True).first.click()
    arrive(page, "Results")


def slide(page: Page) -> None:
    """To the end of the slider by keyboard: the page says what is priced there."""
    slider = page.get_by_role("slider")
    slider.focus()
    slider.press("End")
    page.get_by_role("heading", name="Errors at epsilon 20").wait_for()
    assert page.get_by_label("Epsilon", exact=True).input_value() == "20"
    look(page)
