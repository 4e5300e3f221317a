"""A page that follows long work goes on after bad answers, and tells its reader meanwhile."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Route, expect
from world.live_pages import browsing
from world.served_desk import served_desk

from market.desk.undertakings import Undertaking

pytestmark = pytest.mark.processes


def test_following_outlasts_bad_answers_and_ends_with_the_work(tmp_path: Path) -> None:
    may_end = Event()

    def work(here: Undertaking) -> str:
        here.progress("encrypted", 3, 7)
        may_end.wait()
        return "/keys"

    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) % 2:
            route.fulfill(status=503)
        else:
            route.abort()

    with served_desk(tmp_path) as (desk, admission), browsing() as browser:
        page = browser.new_page()
        page.goto(admission.new_link())
        page.clock.install()
        number = desk.undertakings.begin("Encrypt visits", work, back="/tables").number
        page.route("**/now", refuse)
        page.goto(f"{page.url.rstrip('/')}/undertakings/{number}")
        lost = page.get_by_role("alert")
        for seconds in (1, 2, 4):
            expect(lost).to_be_hidden()
            with page.expect_event("request"):
                page.clock.run_for(1_000 * seconds)
        expect(lost).to_contain_text("asks again by itself")
        page.clock.run_for(7_000)
        assert len(asked) == 3
        page.unroute("**/now")
        with page.expect_event("request"):
            page.clock.run_for(1_000)
        expect(lost).to_be_hidden()
        may_end.set()
        page.clock.run_for(2_000)
        page.wait_for_url("**/keys")
