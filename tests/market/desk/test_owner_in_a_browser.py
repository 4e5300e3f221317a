"""An owner's whole way in a real browser, at the desk alone: declare with the keyboard, check,
encrypt, publish, let a buyer ask, approve. Every page fits a telephone and passes axe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PageTimeout
from world.live_market import LiveMarket, live_market
from world.live_pages import browsing
from world.owners_file import ABOUT, LINES, written
from world.people import fingerprint
from world.served_desk import served_desk
from world.signed_in_desk import SCOPES, signed_in_home

from market.records.fingerprint_words import words_of

pytestmark = pytest.mark.processes

NARROW, WIDE = {"width": 390, "height": 800}, {"width": 1280, "height": 800}
PATIENCE_MS: Final = 120_000


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveMarket]:
    with live_market(tmp_path) as market:
        signed_in_home(market, market.root / "client", "olga", *SCOPES)
        yield market


@pytest.fixture
def page(market: LiveMarket) -> Iterator[Page]:
    """Olga's, let in; whatever the console complains about fails the test."""
    complaints: list[str] = []
    with browsing() as browser, served_desk(market.root) as (_, admission):
        page = browser.new_page(viewport=WIDE)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(admission.new_link())
        yield page
        assert complaints == []


def look(page: Page) -> None:
    """Raises AssertionError for what is wrong with a page, wide or narrow."""
    for summary in page.locator("summary").all():
        summary.click()
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        needed = page.evaluate("document.documentElement.scrollWidth")
        assert needed <= size["width"], f"{page.url} needs {needed} px of {size['width']}"
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url}:\n{found.generate_report()}"
    page.set_viewport_size(WIDE)


def type_into(page: Page, label: str, text: str) -> None:
    """By the keyboard alone: on from field to field until this one has the focus."""
    wanted = page.get_by_label(label, exact=True)
    for _ in range(200):
        if wanted.evaluate("field => field === document.activeElement"):
            break
        page.keyboard.press("Tab")
    else:
        raise AssertionError(f"Tab never comes to {label}")
    page.keyboard.type(text)


def arrive(page: Page, heading: str) -> None:
    """Wait for the page that work leads to; where it does not, say what stands there instead."""
    try:
        page.get_by_role("heading", name=heading).wait_for(timeout=PATIENCE_MS)
    except PageTimeout:
        raise AssertionError(f"{page.url}: {page.inner_text('main')}") from None


def declare(page: Page) -> None:
    """A column of each line, then the rest, from the top of the page to its end."""
    for line in LINES[1:5]:
        of = f" of {line['name']}"
        kind = {"numeric": "Number", "categorical": "Category"}[line["kind"]]
        type_into(page, f"Type{of}", kind)
        for label, name in (
            ("From", "low"),
            ("To", "high"),
            ("Levels, or a date’s parts", "levels"),
            ("Missing", "missing"),
            ("Unit", "unit"),
            ("Bins", "bins"),
            ("Meaning", "meaning"),
        ):
            if text := line.get(name):
                type_into(page, label + of, text)
    for label, name in (
        ("Title", "title"),
        ("Room for rows, at most", "capacity_rows"),
        ("Summary", "summary"),
        ("Where the data comes from", "provenance"),
        ("Terms on which answers may be used", "terms"),
        ("Licence", "licence"),
        ("Whose privacy is protected", "unit_meaning"),
        ("Column with their id", "unit_column"),
    ):
        type_into(page, label, ABOUT[name])


def test_from_a_file_to_an_approved_question(
    market: LiveMarket, page: Page, tmp_path: Path
) -> None:
    table = written(tmp_path)
    page.get_by_role("link", name="Your tables").click()
    page.get_by_role("link", name="List a table").first.click()
    look(page)
    page.get_by_label("Path of the table").fill(str(table))
    page.get_by_label("Id it is listed under").fill("stays-2024")
    page.get_by_role("button", name="Find its columns").click()
    look(page)
    page.get_by_label("Take note").uncheck()
    declare(page)
    expect(page.get_by_text("Nothing is missing")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_label("Who answers").select_option("manual")
    page.get_by_role("button", name="Save and check the table").click()
    arrive(page, "What was read of")
    look(page)
    page.get_by_role("link", name="Go on to publish").click()
    look(page)
    page.get_by_role("button", name="Encrypt, sign and publish").click()
    arrive(page, "Version 1 of")
    look(page)
    assert market.catalogue.dataset("stays-2024").standing == "listed"
    grant(market, page)
    approve(market, page)
    for name in ("Agent", "Tables"):
        page.get_by_label("What you own").get_by_role("link", name=name).click()
        look(page)
    page.get_by_role("link", name="Hospital stays").click()
    look(page)
    change_terms(market, page)
    next_version(page)


def change_terms(market: LiveMarket, page: Page) -> None:
    """By the keyboard, with what changes beside it as it is typed."""
    page.get_by_role("link", name="Change the terms").click()
    type_into(page, "Price of a question", "9")
    expect(page.get_by_label("Preview").get_by_text("9.00")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Read it before you sign").press("Enter")
    look(page)
    page.get_by_role("button", name="Sign and publish").press("Enter")
    expect(page.get_by_text("Listed anew")).to_be_visible()
    assert market.catalogue.dataset("stays-2024").listing.record.policy.price_cents == 900
    look(page)
    expect(page.get_by_text("edition 2")).to_be_visible()


def next_version(page: Page) -> None:
    page.get_by_role("link", name="Append rows, or list a new version").click()
    look(page)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Publish Hospital stays").wait_for()
    look(page)
    page.get_by_role("button", name="Encrypt, sign and publish").click()
    arrive(page, "Version 2 of")
    page.get_by_role("link", name="See the table").click()
    look(page)
    expect(page.get_by_role("button", name="End it")).to_be_visible()


def grant(market: LiveMarket, page: Page) -> None:
    market.client("bob", "client").post(
        "datasets/stays-2024/access-requests", {"purpose": "How long people stay."}
    )
    page.get_by_role("link", name="Your tables").first.click()
    page.get_by_role("link", name="Requests").click()
    look(page)
    page.get_by_role("link", name="Compare their key, and let them ask").click()
    look(page)
    page.get_by_label("The words of the buyer’s key").fill(words_of(fingerprint("bob")))
    page.get_by_role("button", name="Compare, and sign the grant").click()
    expect(page.get_by_text("The grant is signed")).to_be_visible()
    look(page)


def approve(market: LiveMarket, page: Page) -> None:
    job = market.requested(dataset="stays-2024")
    page.get_by_role("link", name="Requests").click()
    page.get_by_role("link", name=job.job).click()
    look(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("You said yes")).to_be_visible()
    assert market.job(job).state == "approved"
