"""One password that many people have is tried on every name, so that no name fails twice."""

from __future__ import annotations

from pathlib import Path

from world.portal_market import PortalMarket

from market.policy.operation.guessing import PATIENCE

FREE = PATIENCE["network"].free_attempts


def test_network_that_tries_every_name_waits(tmp_path: Path) -> None:
    market = PortalMarket(tmp_path, trusted_proxies=1)
    answers = []
    for number in range(2 * FREE):
        body = {"user": f"name-{number}", "password": "Summer in the city", "label": "x"}
        headers = {"X-Forwarded-For": "198.51.100.9"}
        answers.append(market.browser().send("POST", "/api/v1/tokens", json=body, headers=headers))
    assert [one.status_code for one in answers] == [403] * FREE + [429] * FREE
