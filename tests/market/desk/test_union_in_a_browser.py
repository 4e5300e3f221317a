"""A question to two owners together, at a buyer's desk in a real browser, to the opened answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page
from world.asking_at_a_desk import NARROW_PIXELS, hand_in, look, open_answer, price, read_and_sign
from world.buyers_repository import commit_program
from world.declarations import COUNT
from world.live_pages import browsing
from world.live_union import LiveUnion, live_union
from world.served_desk import served_desk
from world.signed_in_desk import signed_in_home

from market.services.access.refresh_forms import refresh_forms
from market.services.compute.evaluate_job import evaluate_job
from market.services.compute.plan_job import plan_job

pytestmark = pytest.mark.processes

PROGRAM = 'def build(ds):\n    return {"people": ds.count()}\n'


def test_what_two_owners_answer_together_is_opened_at_the_desk(tmp_path: Path) -> None:
    with live_union(tmp_path) as market:
        folder = tmp_path / "question"
        market.programs.committed[commit_program(folder, PROGRAM)] = COUNT
        signed_in_home(market, tmp_path / "bob" / "client", "bob")
        refresh_forms(market.platform, now=market.now)
        with served_desk(tmp_path / "bob") as (_, admission), browsing() as browser:
            page = browser.new_page(viewport={"width": NARROW_PIXELS, "height": 800})
            page.set_default_timeout(60_000)
            page.goto(admission.new_link())
            job = ask(page, folder)
            planned = plan_job(market.platform, market.jobs.get(job), now=market.now)
            assert planned.state == "planned", planned.end
            read_and_sign(page, "Signed. The owner")
            answer(market, job)
            open_answer(page, "Sums over all 2 owners together")


def ask(page: Page, folder: Path) -> str:
    """Price the program for both datasets together, and hand it in; the job."""
    page.get_by_role("link", name="Programs", exact=True).click()
    page.get_by_label("Open a folder that holds job.py").fill(str(folder))
    page.get_by_role("button", name="Open it").click()
    page.get_by_label("Dataset").fill("visits-south, visits-north")
    page.get_by_role("button", name="Ask this one").click()
    price(page)
    look(page)
    return hand_in(page)


def answer(market: LiveUnion, job: str) -> None:
    """Both agents approve and answer; the platform sums in between."""
    market.step()
    evaluated = evaluate_job(market.platform, market.jobs.get(job), now=market.now)
    assert evaluated.state == "evaluated", evaluated.end
    market.step()
    assert market.jobs.get(job).state == "released"
