"""A stranger who knows somebody's name keeps failing in it, from many networks and without end, so
that its person does not get in."""

from __future__ import annotations

from pathlib import Path

from world.people import PASSWORD
from world.portal_market import PortalMarket

from market.policy.operation.guessing import PATIENCE

OWN = "203.0.113.7"
NETWORKS = PATIENCE["name"].free_attempts + 1


def status(market: PortalMarket, network: str, password: str) -> int:
    body = {"user": "bob", "password": password, "label": "x"}
    headers = {"X-Forwarded-For": network}
    return market.browser().send("POST", "/api/v1/tokens", json=body, headers=headers).status_code


def test_person_signs_in_from_where_they_did_before(tmp_path: Path) -> None:
    market = PortalMarket(tmp_path, trusted_proxies=1)
    assert status(market, OWN, PASSWORD) == 200
    tried = [status(market, f"198.51.100.{number}", "not this one") for number in range(NETWORKS)]
    # They are stopped themselves, and fail again as soon as they may.
    assert tried == [403] * (NETWORKS - 1) + [429]
    assert status(market, OWN, PASSWORD) == 200
