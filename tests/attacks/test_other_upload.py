"""Who holds an upload's address, the owner or a thief, sends other bytes than it was signed for,
fewer or more, in the place of what is stored, or under another promise."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from world.portal_market import PortalMarket
from world.stored_objects import content

from market.records.manifest import chunk_prefix

CHUNK = b"the owner's ciphertext"
OTHERS = {
    "other bytes": b"some other ciphertext.",
    "fewer": CHUNK[:-1],
    "more": CHUNK + b"!",
    "none": b"",
}


@pytest.fixture
def market(tmp_path: Path) -> PortalMarket:
    return PortalMarket(tmp_path)


def key_of(market: PortalMarket) -> str:
    return chunk_prefix("visits", market.keys["olga"].public.fingerprint(), 1) + "0-0"


def address(market: PortalMarket) -> str:
    """Path and query of the address that was signed for CHUNK."""
    promised = {"sha256": hashlib.sha256(CHUNK).hexdigest(), "size_bytes": len(CHUNK)}
    answer = market.browser().send(
        "POST",
        "/api/v1/uploads",
        json={"key": key_of(market)} | promised,
        headers=market.token("olga", "owner"),
    )
    parts = urlsplit(answer.json()["url"])
    return f"{parts.path}?{parts.query}"


def put(market: PortalMarket, where: str, data: bytes) -> int:
    """Whoever it is: an address asks nobody who they are."""
    return market.browser().send("PUT", where, content=data).status_code


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_address_takes_no_other_bytes(market: PortalMarket, data: bytes) -> None:
    where = address(market)
    assert put(market, where, data) == 422
    assert market.platform.objects.head(key_of(market)) is None
    # Nor do they stand in the owner's way.
    assert put(market, where, CHUNK) == 201


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_what_is_stored_is_not_replaced(market: PortalMarket, data: bytes) -> None:
    where = address(market)
    assert put(market, where, CHUNK) == 201
    assert put(market, where, data) in (409, 422)
    assert content(market.platform.objects, key_of(market)) == CHUNK


def test_address_for_other_bytes_is_not_made_of_one_that_was_signed(market: PortalMarket) -> None:
    other = OTHERS["other bytes"]
    signed, promised = hashlib.sha256(CHUNK).hexdigest(), hashlib.sha256(other).hexdigest()
    where = address(market).replace(signed, promised)
    assert put(market, where, other) == 403
    assert market.platform.objects.head(key_of(market)) is None
