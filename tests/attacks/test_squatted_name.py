"""A stranger takes a dataset id for ever by asking: for an object's address, or to upload one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from portal_house import House, make_house

from market.records.manifest import chunk_prefix

NAME = "household-visits"
DATA = b"anything"


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = make_house(tmp_path)
    house.platform.people.set_roles("eve", ("owner", "buyer"))
    return house


def key_of(house: House, user: str, chunk: str = "0-0") -> str:
    return chunk_prefix(NAME, house.keys[user].public.fingerprint(), 1) + chunk


def ask_upload(house: House, user: str, key: str) -> int:
    body = {"key": key, "sha256": hashlib.sha256(DATA).hexdigest(), "size_bytes": len(DATA)}
    headers = house.token(user, "owner")
    return house.browser().send("POST", "/api/v1/uploads", json=body, headers=headers).status_code


def test_asking_for_an_object_claims_nothing(house: House) -> None:
    for user in ("bob", "eve", "ada"):
        for key in (f"datasets/{NAME}/1/0-0", key_of(house, "olga"), key_of(house, "eve")):
            house.browser().get(f"/api/v1/objects/{key}", headers=house.token(user, "client"))
    house.publish(NAME)
    assert house.platform.catalogue.dataset(NAME).owner == "olga"


def test_asking_to_upload_claims_nothing(house: House) -> None:
    assert ask_upload(house, "eve", key_of(house, "eve")) == 200
    house.publish(NAME)
    assert house.platform.catalogue.dataset(NAME).owner == "olga"


def test_objects_sent_first_do_not_stand_in_the_owners_way(house: House) -> None:
    assert ask_upload(house, "eve", key_of(house, "olga")) == 403
    house.platform.objects.put(key_of(house, "eve"), DATA, sha256=hashlib.sha256(DATA).hexdigest())
    house.publish(NAME)
    assert house.platform.catalogue.dataset(NAME).owner == "olga"
    assert ask_upload(house, "eve", key_of(house, "eve", "1-0")) == 409
