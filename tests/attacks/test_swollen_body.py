"""A buyer's token makes the portal hold no more than the body it sends.

Two megabytes of empty lists are seven hundred thousand values once they are parsed; a hundred and
sixty are sixty million. The portal makes no values of such a body, and does not read the longer
one: a buyer has nothing to publish.
"""

from __future__ import annotations

import tracemalloc
from pathlib import Path

from world.portal_market import PortalMarket

LISTS = b"[" + b"[]," * 600_000 + b"[]]"


def send(market: PortalMarket, path: str, body: bytes) -> tuple[int, str, int]:
    """Status, code, and the most bytes that were held meanwhile."""
    headers = {**market.token("bob", "client", "owner"), "Content-Type": "application/json"}
    tracemalloc.start()
    try:
        answer = market.browser().send("POST", path, content=body, headers=headers)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return answer.status_code, answer.json()["code"], most


def test_body_of_many_values_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    status, code, most = send(PortalMarket(tmp_path), "/api/v1/quotes", LISTS)
    assert (status, code) == (422, "request-malformed")
    assert most < 8 * len(LISTS)


def test_long_body_is_read_from_an_owner_alone(tmp_path: Path) -> None:
    status, code, _ = send(PortalMarket(tmp_path), "/api/v1/datasets", LISTS)
    assert (status, code) == (403, "body-not-yours")
