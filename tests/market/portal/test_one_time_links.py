"""Who has no password comes in by a link, once: the first administrator, and anybody later."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from world.people import PASSWORD
from world.portal_market import PortalMarket

from market.portal.pages.links import LINK_REQUESTS_A_MINUTE

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
    secret = market.platform.people.make_link(
        None, now=market.now, lifetime_seconds=lifetime_seconds
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


CHOSEN = "violet-anchor-7-moss"


def made_link(market: PortalMarket) -> str:
    """The path of a link that an administrator made for bob."""
    answer = market.browser("ada").post("/administration/users/bob/link", page="/administration")
    assert answer.status_code == 201
    [path] = re.findall(r"/password/[\w-]{43}", answer.text)
    return str(path)


def test_a_link_for_a_password_ends_the_old_one_and_its_sessions_once_used(
    market: PortalMarket,
) -> None:
    browser, token = market.browser("bob"), market.token("bob", "client")
    path = made_link(market)
    assert browser.get("/account").status_code == 200
    visitor = market.browser()
    assert "bob" in visitor.get(path).text
    answer = visitor.post(path, page=path, password=CHOSEN)
    assert answer.headers["location"] == "/sign-in?done=password-chosen"
    assert browser.get("/account").status_code == 303
    assert market.browser().get("/api/v1/whoami", headers=token).status_code == 401
    people = market.platform.people
    assert people.check_password("bob", PASSWORD, now=market.now) is None
    assert people.check_password("bob", CHOSEN, now=market.now) is not None


def test_a_used_an_ended_and_an_invented_link_are_told_alike(market: PortalMarket) -> None:
    used = made_link(market)
    market.browser().post(used, page=used, password=CHOSEN)
    ended = made_link(market)
    market.now += 24 * 3_600
    told = set()
    for dead in (used, ended, "/password/invented", "/setup/invented"):
        for answer in (
            market.browser().get(dead),
            market.browser().post(dead, page="/sign-in", password="short"),
        ):
            assert answer.status_code == 403
            told.add(re.sub(r"[0-9a-f]{16}|(?<=value=.)[0-9a-f]{64}", "", answer.text))
    assert len(told) == 1


def test_a_weak_password_leaves_the_link_live_and_is_not_repeated(market: PortalMarket) -> None:
    path = made_link(market)
    browser = market.browser()
    refused = browser.post(path, page=path, password="password123")
    assert refused.status_code == 422
    assert "password123" not in refused.text
    assert browser.post(path, page=path, password=CHOSEN).status_code == 303


def test_a_link_is_not_used_by_another_sites_form(market: PortalMarket) -> None:
    path = made_link(market)
    answer = market.browser().send("POST", path, data={"csrf": "x", "password": CHOSEN})
    assert answer.status_code == 403
    assert market.browser().get(path).status_code == 200


def test_a_new_user_comes_in_by_a_link_of_the_api(market: PortalMarket) -> None:
    headers = market.token("ada", "client")
    new = {"user": "nina", "organisation": "rival-lab", "name": "Nina", "roles": ["buyer"]}
    browser = market.browser()
    assert browser.send("POST", "/api/v1/users", json=new, headers=headers).status_code == 201
    made = browser.send("POST", "/api/v1/users/nina/link", headers=headers)
    assert made.json()["expires_at"] == market.now + 24 * 3_600
    path = "/" + made.json()["url"].split("/", 3)[3]
    browser.post(path, page=path, password=CHOSEN)
    assert market.platform.people.check_password("nina", CHOSEN, now=market.now) is not None


def test_who_is_kept_out_gets_no_link(market: PortalMarket) -> None:
    market.platform.people.set_active("bob", False)
    browser = market.browser("ada")
    answer = browser.post("/administration/users/bob/link", page="/administration")
    assert answer.status_code == 409
    assert "user-kept-out" in answer.text


def test_guesses_of_one_address_are_slowed_down(market: PortalMarket) -> None:
    browser = market.browser()
    for _ in range(LINK_REQUESTS_A_MINUTE):
        assert browser.get("/password/guessed").status_code == 403
    for path in ("/password/guessed", "/setup/guessed", made_link(market)):
        assert browser.get(path).status_code == 429
    market.now += 1
    assert browser.get("/password/guessed").status_code == 403
