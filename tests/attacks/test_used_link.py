"""A link for a password, found in a letter or a browser's history, used after its person did."""

from __future__ import annotations

from pathlib import Path

from world.people import PASSWORD
from world.platform_database import made_database, sqlite_url
from world.portal_market import PortalMarket

CHOSEN = "violet-anchor-7-moss"
THIEFS = "copper-window-3-lake"


def test_link_that_was_used_sets_no_other_password(tmp_path: Path) -> None:
    market = PortalMarket(tmp_path, made_database(sqlite_url(tmp_path)))
    people = market.platform.people
    path = f"/password/{people.make_link('bob', now=market.now, lifetime_seconds=3_600)}"
    browser = market.browser()
    assert browser.post(path, page=path, password=CHOSEN).status_code == 303
    again = market.browser().post(path, page="/sign-in", password=THIEFS)
    assert people.check_password("bob", THIEFS, now=market.now) is None
    assert people.check_password("bob", CHOSEN, now=market.now) is not None
    assert people.check_password("bob", PASSWORD, now=market.now) is None
    assert again.status_code == 403
