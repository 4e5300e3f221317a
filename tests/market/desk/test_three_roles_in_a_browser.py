"""All three roles, from an empty portal to an opened chart, each in a browser of their own: the
operator at the portal, owner and buyer at their desks. What Airflow would carry is carried here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect
from world.buyers_place import answer, plan
from world.command_lines import CommandLines, command_lines
from world.live_pages import browsing
from world.people import PASSWORD
from world.served_desk import served_desk

pytestmark = pytest.mark.processes

PATIENCE_MS: Final = 120_000
Opening = Callable[[str], Page]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[CommandLines]:
    """A portal that nobody has set up."""
    with command_lines(tmp_path) as place:
        yield place


@pytest.fixture
def opening() -> Iterator[Opening]:
    """Opens an address in a browser of its own, which complains of nothing."""
    complaints: list[str] = []
    with browsing() as browser:

        def opened(address: str) -> Page:
            page = browser.new_context().new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(address)
            return page

        yield opened
    assert complaints == []


def test_operator_owner_and_buyer_reach_the_end(
    place: CommandLines, opening: Opening, tmp_path: Path
) -> None:
    operator = opening(place.done("platform", "admin", "setup-link").output.split()[-1])
    set_up(operator)
    for user, role in (("olga", "owner"), ("bob", "buyer")):
        choose_password(opening(added(operator, user, role)))
    with ExitStack() as desks:
        _, admission = desks.enter_context(served_desk(tmp_path))
        olga = opening(admission.new_link())
        come_in(olga, place.words["url"], "olga", "I own data, too")
        list_a_table(olga, tmp_path / "visits.csv")
        _, admission = desks.enter_context(served_desk(tmp_path / "bob"))
        bob = opening(admission.new_link())
        come_in(bob, place.words["url"], "bob", "I ask questions")
        job = ask(bob, tmp_path / "question")
        plan(place, job)
        sign(bob)
        answer(place, job)
        open_answer(bob)


def set_up(page: Page) -> None:
    """The first organisation, and its administrator."""
    page.get_by_label("Name").first.fill("The operator")
    page.get_by_label("Short id").fill("operator")
    page.get_by_label("Name").last.fill("Ada")
    page.get_by_label("User", exact=True).fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create and sign in").click()


def added(page: Page, user: str, role: str) -> str:
    """Another organisation and a person of it; the link they choose their password by."""
    portal = page.url.split("/", 3)
    page.goto(f"{portal[0]}//{portal[2]}/administration")
    new = page.locator('form[action="/administration/organisations"]')
    new.get_by_label("Name").fill(f"House of {user}")
    new.get_by_label("Short id").fill(f"house-{user}")
    new.get_by_role("button").click()
    form = page.locator('form[action="/administration/users"]')
    form.get_by_label("Name").fill(user.title())
    form.get_by_label("User", exact=True).fill(user)
    form.get_by_label("Organisation").select_option(f"house-{user}")
    for name in ("buyer", "owner"):
        form.get_by_label(name, exact=True).set_checked(name == role)
    form.get_by_role("button", name="Add, and show a link").click()
    page.get_by_role("heading", name=f"A link for {user.title()}").wait_for()
    return next(text for text in page.locator("code").all_inner_texts() if "/password/" in text)


def choose_password(page: Page) -> None:
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    page.wait_for_url("**/sign-in*")


def come_in(page: Page, url: str, user: str, role: str) -> None:
    """A key of their own, and the portal that is told of it."""
    page.get_by_role("link", name="Make your key").click()
    page.get_by_role("button", name="Make your key").click()
    page.get_by_role("link", name="Sign in", exact=True).click()
    page.get_by_label("Address of the portal").fill(url)
    page.get_by_label("User", exact=True).fill(user)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label(role).check()
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Your desk").wait_for()


def list_a_table(page: Page, table: Path) -> None:
    """An agent, a declaration, a publication."""
    page.get_by_role("link", name="Your tables").click()
    page.get_by_role("button", name="Make your agent").click()
    page.get_by_role("link", name="Your tables").first.click()
    page.get_by_role("link", name="List a table").first.click()
    page.get_by_label("Path of the table").fill(str(table))
    page.get_by_label("Id it is listed under").fill("visits")
    page.get_by_role("button", name="Find its columns").click()
    page.get_by_label("Type of visits").select_option("numeric")
    for label, text in (("From", "0"), ("To", "50"), ("Unit", "visits"), ("Meaning", "Visits")):
        page.get_by_label(f"{label} of visits", exact=True).fill(text)
    page.get_by_label("Type of health").select_option("categorical")
    page.get_by_label("Levels, or a date’s parts of health").fill("good, poor")
    page.get_by_label("Meaning of health").fill("Health as they say")
    for label, text in (
        ("Title", "Doctor visits"),
        ("Room for rows, at most", "4000"),
        ("Summary", "A survey, a row each."),
        ("Where the data comes from", "Made up."),
        ("Terms on which answers may be used", "None."),
        ("Licence", "CC0"),
        ("Whose privacy is protected", "one respondent"),
        ("Price of a question", "12.50"),
        ("All buyers together", "40"),
        ("One buyer", "30"),
        ("One question", "20"),
    ):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Who may ask").select_option("open")
    page.get_by_label("Who answers").select_option("automatic")
    page.get_by_label("Products of columns").select_option("no")
    expect(page.get_by_text("Nothing is missing")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Save and check the table").click()
    page.get_by_role("link", name="Go on to publish").click()
    page.get_by_role("button", name="Encrypt, sign and publish").click()
    page.get_by_role("heading", name="Version 1 of").wait_for()


def ask(page: Page, folder: Path) -> str:
    """Found, rehearsed, priced and submitted; the job."""
    page.get_by_role("link", name="Find", exact=True).click()
    page.get_by_role("link", name="Doctor visits").click()
    page.get_by_role("link", name="Ask a question").click()
    page.get_by_label("New folder on this machine").fill(str(folder))
    page.get_by_role("button", name="Start it").click()
    page.get_by_role("button", name="Rehearse").click()
    page.get_by_role("heading", name="Rehearsal").wait_for()
    page.get_by_role("button", name="Price it").click()
    page.get_by_text("12.50 EUR").wait_for()
    page.get_by_role("button", name="Submit at epsilon").click()
    page.get_by_role("heading", name="Building the plan").wait_for()
    return page.url.partition("?")[0].rpartition("/")[2]


def sign(page: Page) -> None:
    page.get_by_role("button", name="Build it again and read it").click()
    page.get_by_role("button", name="Sign it").click()
    page.get_by_text("Signed. The owner").wait_for()


def open_answer(page: Page) -> None:
    page.get_by_role("button", name="Open it").click()
    page.get_by_role("heading", name="Answers").wait_for()
    chart = page.locator(".chart img").first
    chart.scroll_into_view_if_needed()
    assert chart.evaluate("one => one.decode().then(() => one.naturalWidth > 100)")
