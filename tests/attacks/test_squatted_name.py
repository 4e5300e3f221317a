"""A stranger takes a dataset id for ever by asking: for an object's address, or to upload one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from world.portal_market import PortalMarket

from market.records.manifest import chunk_prefix

NAME = "household-visits"
DATA = b"anything"


@pytest.fixture
def market(tmp_path: Path) -> PortalMarket:
    market = PortalMarket(tmp_path)
    market.platform.people.set_roles("eve", ("owner", "buyer"))
    return market


def key_of(market: PortalMarket, user: str, chunk: str = "0-0") -> str:
    return chunk_prefix(NAME, market.keys[user].public.fingerprint(), 1) + chunk


def ask_upload(market: PortalMarket, user: str, key: str) -> int:
    body = {"key": key, "sha256": hashlib.sha256(DATA).hexdigest(), "size_bytes": len(DATA)}
    headers = market.token(user, "owner")
    return market.browser().send("POST", "/api/v1/uploads", json=body, headers=headers).status_code


def test_asking_for_an_object_claims_nothing(market: PortalMarket) -> None:
    for user in ("bob", "eve", "ada"):
        for key in (f"datasets/{NAME}/1/0-0", key_of(market, "olga"), key_of(market, "eve")):
            market.browser().get(f"/api/v1/objects/{key}", headers=market.token(user, "client"))
    market.publish(NAME)
    assert market.platform.catalogue.dataset(NAME).owner == "olga"


def test_asking_to_upload_claims_nothing(market: PortalMarket) -> None:
    assert ask_upload(market, "eve", key_of(market, "eve")) == 200
    market.publish(NAME)
    assert market.platform.catalogue.dataset(NAME).owner == "olga"


def test_objects_sent_first_do_not_stand_in_the_owners_way(market: PortalMarket) -> None:
    assert ask_upload(market, "eve", key_of(market, "olga")) == 403
    market.platform.objects.put(
        key_of(market, "eve"), DATA, sha256=hashlib.sha256(DATA).hexdigest()
    )
    market.publish(NAME)
    assert market.platform.catalogue.dataset(NAME).owner == "olga"
    assert ask_upload(market, "eve", key_of(market, "eve", "1-0")) == 409
