"""Pages in a real browser: no accessibility violation, no console error, nothing wider than a
small telephone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from world import first_day
from world.builders import DATASET
from world.consortium_builders import CONSORTIUM, a_join_proposal
from world.consortium_market import founded, settle_members
from world.drafts import VISITS
from world.live_pages import browsing, served, sign_in
from world.members_portal import MembersPortal
from world.portal_market import PortalMarket
from world.union_market import OLGAS
from world.union_portal import UnionPortal

from market.entities.draft import DraftColumn
from market.services.access.grant_access import ask_access
from market.services.publish.write_draft import start_draft

pytestmark = pytest.mark.processes


@dataclass(frozen=True)
class Site:
    market: PortalMarket
    browser: Browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Site]:
    with served(PortalMarket, tmp_path_factory.mktemp("portal")) as market:
        yield Site(market, chromium)


@pytest.fixture(scope="module")
def members_site(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Site]:
    """Where a consortium is asked."""
    with served(MembersPortal, tmp_path_factory.mktemp("members")) as market:
        yield Site(market, chromium)


@pytest.fixture(scope="module")
def jobs(site: Site) -> dict[str, str]:
    return fill(site.market)


def fill(market: PortalMarket) -> dict[str, str]:
    """A little of everything; job ids by what became of them."""
    market.publish()
    market.publish("household-incomes", access="request", approval="manual", price_cents=0)
    purpose = "We compare regions.\n" + "averylongword" * 20
    ask_access(market.platform, market.user("eve"), "household-incomes", purpose, now=market.now)
    market.grant("household-incomes", "bob")
    settle_members(market)
    founded(market, "joined")
    founded(market, "agreed", a_join_proposal(consortium="matched-people"))
    return {
        "waiting": market.planned().job,
        "released": market.released().job,
        "refused": market.refused_by_owner().job,
    }


def look(page: Page, url: str) -> None:
    """Raises AssertionError for what is wrong with a page."""
    page.goto(url)
    for summary in page.locator("summary").all():
        summary.click()
    sizes = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert sizes[0] <= sizes[1], f"{url} needs {sizes[0]} px of {sizes[1]}"
    found = Axe().run(page)
    assert found.violations_count == 0, f"{url}:\n{found.generate_report()}"


def visit(site: Site, page: Page, name: str, paths: list[str]) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    if name:
        sign_in(page, site.market, name)
    for path in paths:
        look(page, site.market.settings.portal_url + path)
    assert complaints == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_pages_are_accessible_and_fit_their_screen(
    site: Site, jobs: dict[str, str], scheme: Literal["light", "dark"], width: int
) -> None:
    ended = "released" if scheme == "light" else "refused"
    pages = {
        "": ["/sign-in", "/promise"],
        "bob": [
            "/",
            "/?words=xylophone&access=open&price=0",
            "/jobs?state=under-way",
            f"/jobs/new?dataset={DATASET}",
            "/inbox",
            "/inbox?show=done",
            f"/jobs/{jobs['waiting']}",
            f"/jobs/{jobs[ended]}",
            "/account",
        ],
        "olga": ["/datasets/household-incomes", "/inbox", f"/consortia/{CONSORTIUM}"],
        "carol": ["/consortia", "/consortia/matched-people"],
        "ada": [
            "/administration",
            "/administration/operations",
            "/administration/backups",
            "/administration/audit?by=operator",
            "/administration/organisations/north-lab",
        ],
    }
    for name, paths in pages.items():
        context = site.browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 800}
        )
        visit(site, context.new_page(), name, paths)
        context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_pages_of_a_consortiums_jobs_are_accessible_too(
    members_site: Site, scheme: Literal["light", "dark"], width: int
) -> None:
    market = members_site.market
    assert isinstance(market, MembersPortal)
    waiting, broken = market.requested(), market.sealed(verified="yes")
    first, second, _third = broken.parties
    market.abort(broken, first, accused=second, charged=True)
    context = members_site.browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    paths = [f"/jobs/{waiting.job}", f"/jobs/{broken.job}", f"/consortia/{CONSORTIUM}", "/jobs"]
    visit(members_site, context.new_page(), "carol", paths)
    context.close()


class FirstDay(UnionPortal):
    """Two owners of a table with bins and dates, asked for everything at once."""

    schema = first_day.SCHEMA
    policy = first_day.POLICY
    question = first_day.question(DATASET)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_pages_of_a_wide_plan_to_several_owners_are_accessible_too(
    tmp_path: Path, chromium: Browser, scheme: Literal["light", "dark"], width: int
) -> None:
    with served(FirstDay, tmp_path) as market:
        waiting, halfway = market.planned(), market.evaluated()
        market.release(halfway, OLGAS)
        context = chromium.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 800}
        )
        paths = [f"/jobs/{waiting.job}", f"/jobs/{halfway.job}", f"/datasets/{DATASET}", "/jobs"]
        visit(Site(market, chromium), context.new_page(), "bob", paths)
        context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_a_draft_is_filled_in_by_keyboard_on_any_screen(
    site: Site, scheme: Literal["light", "dark"], width: int
) -> None:
    market, half = site.market, replace(VISITS, title="", columns=(DraftColumn("age"),))
    draft = start_draft(market.platform, market.olga, half, now=market.now)
    context = site.browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    page, address = context.new_page(), f"/drafts/{draft.number}"
    visit(site, page, "olga", ["/drafts", address])
    page.get_by_label("Title", exact=True).focus()
    page.keyboard.type("Visits")
    assert not page.get_by_label("Unit of age", exact=True).is_visible()
    # By "n", to the number.
    page.get_by_label("Type of age", exact=True).focus()
    page.keyboard.type("n")
    page.get_by_label("Unit of age", exact=True).focus()
    page.keyboard.type("years")
    page.keyboard.press("Enter")
    page.get_by_text("The draft was saved.").wait_for()
    kept = market.platform.drafts.get(draft.number).content
    column = DraftColumn("age", kind="numeric", unit="years")
    assert kept == replace(half, title="Visits", columns=(column,))
    look(page, market.settings.portal_url + address)
    context.close()


def test_a_keyboard_reaches_the_content_first(site: Site) -> None:
    page = site.browser.new_page()
    page.goto(f"{site.market.settings.portal_url}/sign-in")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.close()


def test_an_open_job_page_follows_its_job(site: Site) -> None:
    market = site.market
    market.publish("followed-visits")
    job = market.planned(dataset="followed-visits")
    page = site.browser.new_page()
    sign_in(page, market, "bob")
    page.goto(f"{market.settings.portal_url}/jobs/{job.job}")
    page.get_by_role("heading", name="Waits for the buyer's signature").wait_for()
    market.expired(job)
    page.get_by_text("request-timeout").first.wait_for(timeout=20_000)
    page.close()
