"""A guesser says of every guess that it comes from another network, in the header proxies write to:
what is left of the trusted proxies' own words in it is anybody's."""

from __future__ import annotations

from pathlib import Path

from world.portal_market import PortalMarket

from market.policy.operation.guessing import PATIENCE

FREE = PATIENCE["here"].free_attempts


def test_network_is_what_the_proxy_saw(tmp_path: Path) -> None:
    market = PortalMarket(tmp_path, trusted_proxies=1)
    answers = []
    for number in range(2 * FREE):
        body = {"user": "bob", "password": f"guess number {number}", "label": "x"}
        # The proxy adds whom it sees to what it was sent.
        headers = {"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.9"}
        answers.append(market.browser().send("POST", "/api/v1/tokens", json=body, headers=headers))
    assert [one.status_code for one in answers] == [403] * FREE + [429] * FREE
