"""A stolen API token, used after its owner changed the password because of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher
from portal_house import PASSWORD, House, make_house

from market.adapters.database.engine import open_database
from market.adapters.database.migrate import migrate
from market.adapters.database.people import SqlPeople


@pytest.fixture
def house(tmp_path: Path) -> House:
    url = f"sqlite:///{tmp_path / 'portal.db'}"
    migrate(url, "platform")
    return make_house(tmp_path, people=SqlPeople(open_database(url), PasswordHasher(1, 8, 1)))


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
