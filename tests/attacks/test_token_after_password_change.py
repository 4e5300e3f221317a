"""A stolen API token, used after its owner changed the password because of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.people import PASSWORD
from world.platform_database import made_database, sqlite_url
from world.portal_market import PortalMarket


@pytest.fixture
def market(tmp_path: Path) -> PortalMarket:
    return PortalMarket(tmp_path, made_database(sqlite_url(tmp_path)))


@pytest.mark.parametrize("scope", ["client", "owner", "agent"])
def test_token_is_worthless_after_a_change_of_password(market: PortalMarket, scope: str) -> None:
    stolen, browser = market.token("bob", scope), market.browser("bob")
    assert market.browser().get("/api/v1/whoami", headers=stolen).status_code == 200
    browser.post("/account/password", old=PASSWORD, new="violet-anchor-7-moss")
    assert market.browser().get("/api/v1/whoami", headers=stolen).status_code == 401


def test_token_stays_worthless_after_a_deactivation_taken_back(market: PortalMarket) -> None:
    stolen = market.token("bob", "client")
    market.platform.people.set_active("bob", False)
    market.platform.people.set_active("bob", True)
    assert market.browser().get("/api/v1/whoami", headers=stolen).status_code == 401
