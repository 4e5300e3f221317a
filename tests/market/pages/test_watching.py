"""A page that watches a job, in a real browser: it loads itself anew once the job has moved on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route
from world.live_pages import browsing

from market.pages.environment import STATIC

pytestmark = pytest.mark.processes

PAGE = f"""<!doctype html><title>Job</title>
<p data-watch="/job" data-updated="1">planned</p>
<script>{(STATIC / "market.js").read_text("utf-8")}</script>"""


@pytest.mark.parametrize(
    ("opened", "then"), [("/?done=submitted#quote", "/#quote"), ("/#quote", "/#quote")]
)
def test_what_was_done_is_told_until_the_job_moves_on(opened: str, then: str) -> None:
    moved = False

    def serve(route: Route) -> None:
        if route.request.url.endswith("/job"):
            route.fulfill(json={"updated_at": 2 if moved else 1})
        else:
            route.fulfill(body=PAGE, content_type="text/html")

    with browsing() as browser:
        page = browser.new_page()
        page.clock.install()
        page.route("http://portal.invalid/**", serve)
        page.goto(f"http://portal.invalid{opened}")
        with page.expect_response("**/job"):
            page.clock.run_for(4_000)
        assert page.url.endswith(opened)
        moved = True
        with page.expect_navigation():
            page.clock.run_for(4_000)
        assert page.url == f"http://portal.invalid{then}"
