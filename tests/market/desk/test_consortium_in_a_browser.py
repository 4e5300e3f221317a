"""A question to a consortium, at a member's desk in a real browser: three agents compute it,
and it opens there."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page
from world.asking_at_a_desk import NARROW_PIXELS, hand_in, look, open_answer, price, read_and_sign
from world.buyers_repository import commit_program
from world.consortium_builders import MEMBERS
from world.declarations import MEAN, TABLE
from world.live_pages import browsing
from world.members_live import LiveMembers, live_members
from world.people import CAROL, DORA, OLGA, a_key
from world.served_desk import served_desk
from world.signed_in_desk import signed_in_home

from market.client.kept.home import ClientHome
from market.client.kept.pins import member_name, pin_compared
from market.services.access.refresh_forms import refresh_forms
from market.services.compute.plan_job import plan_job
from market.services.compute.seal_job import seal_job

pytestmark = pytest.mark.processes

ROWS = TABLE.splitlines()[1:]
TABLES = {
    one.organisation: "\n".join(["person,visits,insured", *ROWS[place::3], ""])
    for place, one in enumerate((OLGA, CAROL, DORA))
}
(NAMED,) = MEAN.statistics
PROGRAM = f'def build(ds):\n    return {{"{NAMED.name}": ds["visits"].mean()}}\n'


def test_what_members_compute_together_is_opened_at_the_desk(tmp_path: Path) -> None:
    with live_members(tmp_path) as market:
        market.bind_all(TABLES)
        folder = tmp_path / "question"
        market.programs.committed[commit_program(folder, PROGRAM)] = MEAN
        compare(market, signed_in_home(market, tmp_path / "olga" / "client", "olga"))
        refresh_forms(market.platform, now=market.now)
        with served_desk(tmp_path / "olga") as (_, admission), browsing() as browser:
            page = browser.new_page(viewport={"width": NARROW_PIXELS, "height": 800})
            page.set_default_timeout(60_000)
            page.goto(admission.new_link())
            job = ask(page, folder)
            planned = plan_job(market.platform, market.jobs.get(job), now=market.now)
            assert planned.state == "planned", planned.end
            read_and_sign(page, "Signed.")
            compute(market, job)
            open_answer(page, "Every member’s shares came, and are consistent.")


def compare(market: LiveMembers, home: ClientHome) -> None:
    """Every member's key, as it is read out by telephone."""
    for organisation in market.consortium.organisations:
        words = a_key(MEMBERS[organisation]).public.fingerprint()
        name = member_name(market.name, organisation)
        pin_compared(home, "member", name, words, may_replace=True)


def ask(page: Page, folder: Path) -> str:
    """Found among the consortia, priced, and handed in; the job."""
    page.get_by_role("link", name="Find", exact=True).click()
    look(page)
    page.get_by_role("link", name="Ask it").click()
    page.get_by_label("Open a folder that holds job.py").fill(str(folder))
    page.get_by_role("button", name="Open it").click()
    price(page)
    page.get_by_label("Members verify each other’s arithmetic").wait_for()
    look(page)
    return hand_in(page)


def compute(market: LiveMembers, job: str) -> None:
    """Every agent approves, and computes with the others."""
    for organisation in market.consortium.organisations:
        market.round(organisation)
    sealed = seal_job(market.platform, market.jobs.get(job), now=market.now)
    assert market.compute(sealed).state == "released"
