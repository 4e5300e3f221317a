"""What Airflow's door knows of the portal's sessions: every end there is an end here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from world.airflow_door import Door
from world.browser import Browser
from world.people import PASSWORD
from world.portal_market import PortalMarket

from market.adapters.platform_secrets import SIGN_ON, platform_secret
from market.airflow.names import PLATFORM_USER
from market.airflow.sign_on_code import issue_code
from market.airflow.single_sign_on.auth_manager import ACTING_SECONDS
from market.airflow.single_sign_on.routes import origin_of

NEW_PASSWORD = "violet-anchor-7-moss"
USERS = "/administration/users"


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(PortalMarket(tmp_path))


def platform_token(door: Door, user: str) -> str:
    secret = platform_secret(door.market.settings, SIGN_ON).reveal()
    answer = door.send("POST", "/code", json={"code": issue_code(secret, user, door.market.now)})
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["access_token"]
    return token


def password_token(door: Door) -> str:
    answer = door.send("POST", "/token", json={"username": "bob", "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["access_token"]
    return token


def sign_out(_market: PortalMarket, browser: Browser) -> None:
    browser.post("/sign-out")


def sign_in_again(_market: PortalMarket, browser: Browser) -> None:
    browser.post("/sign-in", user="bob", password=PASSWORD)


def leave_idle(market: PortalMarket, _browser: Browser) -> None:
    market.now += 2 * 3_600


def change_password(_market: PortalMarket, browser: Browser) -> None:
    browser.post("/account/password", old=PASSWORD, new=NEW_PASSWORD)


def reset_password(market: PortalMarket, _browser: Browser) -> None:
    people = market.platform.people
    link = people.make_link("bob", now=market.now, lifetime_seconds=60)
    market.browser().post(f"/password/{link}", page=f"/password/{link}", password=NEW_PASSWORD)


def deactivate(market: PortalMarket, _browser: Browser) -> None:
    market.browser("ada").post(f"{USERS}/bob/active", page="/administration", is_active="no")


OF_THE_USER = [change_password, reset_password, deactivate]
OF_THE_SESSION = [sign_out, sign_in_again, leave_idle]


@pytest.mark.parametrize("end", [*OF_THE_SESSION, *OF_THE_USER])
def test_token_of_a_browser_ends_with_its_portal_session(
    door: Door, end: Callable[[PortalMarket, Browser], None]
) -> None:
    browser = door.market.browser("bob")
    token = door.signed_on(browser)
    assert door.user_of(token).get_name() == "bob"
    end(door.market, browser)
    assert not door.lets_in(token)


@pytest.mark.parametrize("end", OF_THE_USER)
def test_token_of_a_program_ends_with_the_password_or_the_user(
    door: Door, end: Callable[[PortalMarket, Browser], None]
) -> None:
    token = password_token(door)
    browser = door.market.browser("bob")
    sign_in_again(door.market, browser)
    assert door.lets_in(token)
    end(door.market, browser)
    assert not door.lets_in(token)


def test_user_let_in_again_has_to_sign_on_again(door: Door) -> None:
    token = door.signed_on(door.market.browser("bob"))
    door.market.platform.people.set_active("bob", False)
    door.market.platform.people.set_active("bob", True)
    assert not door.lets_in(token)


def test_looking_into_airflow_does_not_keep_the_portal_session_alive(door: Door) -> None:
    browser = door.market.browser("bob")
    token = door.signed_on(browser)
    door.market.now += 3_600
    assert door.lets_in(token)
    door.market.now += 3_600
    assert not door.lets_in(token)
    assert browser.get("/account").status_code == 303


def test_session_of_another_user_lets_nobody_in(door: Door) -> None:
    bobs = jwt.decode(
        door.signed_on(door.market.browser("bob")), options={"verify_signature": False}
    )
    with pytest.raises(ValueError, match="session has ended"):
        door.manager.deserialize_user(bobs | {"sub": "ada"})


def test_token_without_a_session_is_none(door: Door) -> None:
    with pytest.raises(KeyError):
        door.manager.deserialize_user({"sub": "bob"})


@pytest.mark.parametrize("user", ["bob", PLATFORM_USER])
def test_platform_acts_for_a_minute_only(door: Door, user: str) -> None:
    token = platform_token(door, user)
    assert door.user_of(token).get_name() == user
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == ACTING_SECONDS


def test_code_of_an_ended_session_gives_no_token(door: Door) -> None:
    browser = door.market.browser("bob")
    door.mark(browser)
    code = door.code_for(browser)
    browser.post("/sign-out")
    answer = door.hand_over(browser, code)
    assert (answer.status_code, answer.json()["code"]) == (401, "user-inactive")


def test_code_for_a_browser_is_no_token_for_a_program(door: Door) -> None:
    browser = door.market.browser("bob")
    door.mark(browser)
    answer = door.send("POST", "/code", json={"code": door.code_for(browser)})
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-on-code")


def test_portal_sends_an_unmarked_browser_to_be_marked(door: Door) -> None:
    answer = door.market.browser("bob").get("/airflow?next=/dags")
    assert answer.status_code == 303
    assert answer.headers["location"] == "http://127.0.0.1:8421/auth/login?next=%2Fdags"


def test_two_tabs_keep_one_mark(door: Door) -> None:
    first = door.send("GET", "/login").cookies["market_browser"]
    again = door.send("GET", "/login", cookies={"market_browser": first})
    assert again.cookies["market_browser"] == first


def test_under_https_the_mark_is_bound_to_the_host(tmp_path: Path) -> None:
    door = Door(PortalMarket(tmp_path, public_url="https://market.example"))
    cookie = door.send("GET", "/login").headers["set-cookie"]
    assert cookie.startswith("__Host-market_browser=")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://127.0.0.1:8420", "http://127.0.0.1:8420"),
        ("https://Market.example/", "https://market.example"),
        ("https://market.example:443", "https://market.example"),
        ("http://market.example:80/portal", "http://market.example"),
        ("https://market.example:8443", "https://market.example:8443"),
    ],
)
def test_origin_is_what_browsers_send(url: str, origin: str) -> None:
    assert origin_of(url) == origin
