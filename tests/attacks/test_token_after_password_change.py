"""A stolen API token, used after its owner changed the password because of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from platform_database import made_database, sqlite_url
from portal_house import PASSWORD, House, make_house


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_house(tmp_path, people=made_database(sqlite_url(tmp_path)).people)


@pytest.mark.parametrize("scope", ["client", "owner", "agent"])
def test_token_is_worthless_after_a_change_of_password(house: House, scope: str) -> None:
    stolen, browser = house.token("bob", scope), house.browser("bob")
    assert house.browser().get("/api/v1/whoami", headers=stolen).status_code == 200
    browser.post("/account/password", old=PASSWORD, new="violet-anchor-7-moss")
    assert house.browser().get("/api/v1/whoami", headers=stolen).status_code == 401


def test_token_stays_worthless_after_a_deactivation_taken_back(house: House) -> None:
    stolen = house.token("bob", "client")
    house.platform.people.set_active("bob", False)
    house.platform.people.set_active("bob", True)
    assert house.browser().get("/api/v1/whoami", headers=stolen).status_code == 401
