"""A page of another port of this machine sends a desk's form: to a browser the two are one site, so
the cookie goes with it, if somebody has seen the desk's address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from world.desk_browser import DeskBrowser


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[DeskBrowser]:
    browser = DeskBrowser.at(tmp_path)
    yield browser
    browser.desk.close()


@pytest.mark.parametrize("site", [{"sec-fetch-site": "same-site"}, {}])
def test_form_that_is_not_the_desks_own_makes_no_key(
    browser: DeskBrowser, site: dict[str, str]
) -> None:
    form = {"csrf": "0" * 64, "passphrase": "known to them", "again": "known to them"}
    assert browser.send("POST", "/keys/new", data=form, headers=site).status_code == 403
    assert not browser.desk.has_identity


def test_token_that_was_seen_is_no_use_to_another_site(browser: DeskBrowser) -> None:
    form = {"csrf": browser.csrf("/keys"), "passphrase": "", "again": ""}
    site = {"sec-fetch-site": "cross-site"}
    assert browser.send("POST", "/keys/new", data=form, headers=site).status_code == 403
    assert not browser.desk.has_identity


def test_token_of_one_session_is_none_of_another(browser: DeskBrowser) -> None:
    seen = browser.csrf("/keys")
    browser.cookies.clear()
    browser.enter()
    assert browser.csrf("/keys") != seen
    assert browser.send("POST", "/keys/new", data={"csrf": seen}).status_code == 403
    assert not browser.desk.has_identity
