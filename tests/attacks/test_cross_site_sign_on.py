"""A page elsewhere makes the victim's browser post the attacker's own sign-on code to Airflow, so
that the victim works, unknowingly, under the attacker's name."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.airflow_door import Door
from world.portal_market import PortalMarket


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(PortalMarket(tmp_path))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1:8421", "http://127.0.0.1", "null", ""]
)
def test_form_of_another_site_signs_nobody_on(door: Door, origin: str) -> None:
    browser = door.market.browser("eve")
    door.mark(browser)
    answer = door.hand_over(browser, door.code_for(browser), origin=origin)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-on-cross-site")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("is_marked", [True, False])
def test_code_of_one_browser_signs_no_other_on(door: Door, is_marked: bool) -> None:
    attacker, victim = door.market.browser("eve"), door.market.browser("bob")
    door.mark(attacker)
    if is_marked:
        door.mark(victim)
    answer = door.hand_over(victim, door.code_for(attacker))
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
