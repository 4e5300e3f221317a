"""A stolen Airflow token, used after its owner signed out of the portal, or was deactivated."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.airflow_door import Door
from world.portal_market import PortalMarket


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(PortalMarket(tmp_path))


def test_token_is_worthless_after_sign_out(door: Door) -> None:
    browser = door.market.browser("bob")
    stolen = door.signed_on(browser)
    assert door.lets_in(stolen)
    browser.post("/sign-out")
    assert not door.lets_in(stolen)


def test_token_stays_worthless_when_its_owner_comes_back(door: Door) -> None:
    stolen = door.signed_on(door.market.browser("bob"))
    door.market.platform.people.set_active("bob", False)
    door.market.platform.people.set_active("bob", True)
    assert not door.lets_in(stolen)
