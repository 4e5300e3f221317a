from __future__ import annotations

from pathlib import Path

import pytest
from world.people import PASSWORD
from world.portal_market import PortalMarket

FORM = {
    "organisation": "harbour",
    "organisation_name": "Harbour Authority",
    "user": "ada",
    "name": "Ada Admin",
    "password": PASSWORD,
}


@pytest.fixture
def empty(tmp_path: Path) -> PortalMarket:
    return PortalMarket(tmp_path, with_people=False)


def link(market: PortalMarket, *, lifetime_seconds: int = 3_600) -> str:
    secret = market.platform.people.make_setup_link(
        now=market.now, lifetime_seconds=lifetime_seconds
    )
    return f"/setup/{secret}"


def test_the_setup_link_makes_an_administrator_once(empty: PortalMarket) -> None:
    path = link(empty)
    browser = empty.browser()
    answer = browser.post(path, page=path, **FORM)
    assert answer.headers["location"] == "/administration"
    assert browser.get("/administration").status_code == 200
    assert empty.user("ada").roles == ("administrator",)
    assert empty.browser().get(path).status_code == 403
    again = empty.browser().post(path, page="/sign-in", **{**FORM, "user": "mallory"})
    assert again.status_code == 403
    assert [user.user for user in empty.platform.people.users()] == ["ada"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "password123"),
        ("password", "ada-ada-ada-1"),
        ("organisation", "Harbour!"),
        ("user", "-ada"),
        ("name", ""),
    ],
)
def test_a_refused_form_does_not_use_the_link_up(
    empty: PortalMarket, name: str, value: str
) -> None:
    path = link(empty)
    browser = empty.browser()
    refused = browser.post(path, page=path, **{**FORM, name: value})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert PASSWORD not in refused.text
    assert empty.platform.people.users() == []
    assert browser.post(path, page=path, **FORM).status_code == 303


def test_an_expired_or_invented_link_shows_no_form(empty: PortalMarket) -> None:
    path = link(empty, lifetime_seconds=60)
    empty.now += 61
    for dead in (path, "/setup/invented"):
        answer = empty.browser().get(dead)
        assert answer.status_code == 403
        assert "<form" not in answer.text
