from __future__ import annotations

import hashlib
from collections.abc import Iterator

import httpx
import pytest
from world.portal_market import PortalMarket

from market.records.manifest import chunk_prefix

DATA = b"ciphertext" * 1_000
SHA256 = hashlib.sha256(DATA).hexdigest()
NAME = "new-data"


def key_of(market: PortalMarket, owner: str = "olga", dataset: str = NAME) -> str:
    """Where this owner's chunk lies."""
    fingerprint = market.keys[owner].public.fingerprint()
    return chunk_prefix(dataset, fingerprint, 1) + "valid-0"


def ask_upload(market: PortalMarket, user: str, key: str, **changes: object) -> httpx.Response:
    body = {"key": key, "sha256": SHA256, "size_bytes": len(DATA), **changes}
    return market.browser().send(
        "POST", "/api/v1/uploads", json=body, headers=market.token(user, "owner")
    )


def upload_address(market: PortalMarket, **changes: object) -> str:
    answer = ask_upload(market, "olga", key_of(market), **changes)
    assert answer.status_code == 200, answer.text
    address: str = answer.json()["url"]
    return address


def test_the_bytes_of_an_address_are_stored_and_read_again(market: PortalMarket) -> None:
    address = upload_address(market)
    for _ in range(2):
        assert market.browser().send("PUT", address, content=DATA).status_code == 201
    answer = market.browser().get(
        f"/api/v1/objects/{key_of(market)}", headers=market.token("olga", "agent")
    )
    read = market.browser().get(answer.json()["url"])
    assert read.content == DATA
    assert read.headers["content-length"] == str(len(DATA))


def test_bytes_sent_in_pieces_are_stored(market: PortalMarket) -> None:
    async def pieces() -> Iterator[bytes]:
        for start in range(0, len(DATA), 999):
            yield DATA[start : start + 999]

    answer = market.browser().send("PUT", upload_address(market), content=pieces())
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "data", [DATA[:-1], DATA + b"x", b"x" * len(DATA), b""], ids=["short", "long", "other", "none"]
)
def test_other_bytes_are_refused(market: PortalMarket, data: bytes) -> None:
    answer = market.browser().send("PUT", upload_address(market), content=data)
    assert (answer.status_code, answer.json()["code"]) == (422, "object-altered")
    assert market.platform.objects.head(key_of(market)) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("valid-0", "valid-1"),
        (SHA256, hashlib.sha256(b"other").hexdigest()),
        (f"size={len(DATA)}", f"size={len(DATA) + 1}"),
        ("expires=1800", "expires=9800"),
        ("signature=", "signature=0"),
    ],
)
def test_an_altered_address_stores_nothing(market: PortalMarket, old: str, new: str) -> None:
    address = upload_address(market).replace(old, new)
    answer = market.browser().send("PUT", address, content=DATA)
    assert (answer.status_code, answer.json()["code"]) == (403, "address-altered")
    assert market.platform.objects.list("datasets/new-data/") == []


def test_an_address_to_read_does_not_write_and_the_reverse(market: PortalMarket) -> None:
    upload = upload_address(market)
    assert market.browser().get(upload).status_code == 403
    market.browser().send("PUT", upload, content=DATA)
    download = market.platform.objects.download_url(key_of(market), 60, market.now)
    assert market.browser().send("PUT", download, content=DATA).status_code == 403


def test_an_address_ends(market: PortalMarket) -> None:
    address = upload_address(market)
    market.now += 901
    answer = market.browser().send("PUT", address, content=DATA)
    assert (answer.status_code, answer.json()["code"]) == (403, "address-expired")


def test_an_object_is_written_once(market: PortalMarket) -> None:
    other = b"other bytes"
    content = {"sha256": hashlib.sha256(other).hexdigest(), "size_bytes": len(other)}
    first, second = upload_address(market), upload_address(market, **content)
    assert market.browser().send("PUT", first, content=DATA).status_code == 201
    answer = market.browser().send("PUT", second, content=other)
    assert (answer.status_code, answer.json()["code"]) == (409, "object-exists")


def test_an_object_that_is_not_there_is_a_problem(market: PortalMarket) -> None:
    address = market.platform.objects.download_url(key_of(market), 60, market.now)
    answer = market.browser().get(address)
    assert (answer.status_code, answer.json()["code"]) == (404, "no-object")


@pytest.mark.parametrize(
    "key",
    [
        "datasets/new-data/{owner}/1/../../x",
        "datasets/new-data/{owner}/1/",
        "datasets/new-data/{owner}/0/x",
        "datasets/new-data/{owner}/x",
        "datasets/new-data/1/valid-0",
        "datasets/new-data/{owner}0/1/x",
        "other/x/{owner}/1/y",
        "datasets/X/{owner}/1/y",
        "x",
    ],
)
def test_a_malformed_key_gets_no_address(market: PortalMarket, key: str) -> None:
    answer = ask_upload(market, "olga", key.format(owner=market.keys["olga"].public.fingerprint()))
    assert (answer.status_code, answer.json()["code"]) == (422, "key-malformed")


def test_a_buyer_gets_no_address_to_write(market: PortalMarket) -> None:
    answer = ask_upload(market, "bob", key_of(market, "bob"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not-an-owner")


def test_an_owner_without_a_key_gets_no_address(market: PortalMarket) -> None:
    market.platform.people.set_roles("ada", ("administrator", "owner"))
    answer = ask_upload(market, "ada", key_of(market))
    assert (answer.status_code, answer.json()["code"]) == (403, "not-an-owner")


def test_nobody_uploads_under_a_published_name(listed: PortalMarket) -> None:
    second_owner(listed)
    answer = ask_upload(listed, "eve", key_of(listed, "eve", "household-visits"))
    assert (answer.status_code, answer.json()["code"]) == (409, "dataset-of-another")
    answer = ask_upload(listed, "eve", key_of(listed, "olga", "household-visits"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not-your-dataset")


def test_chunks_are_read_by_their_owner_only(listed: PortalMarket) -> None:
    path = f"/api/v1/objects/{key_of(listed, dataset='household-visits')}"
    assert listed.browser().get(path, headers=listed.token("olga", "agent")).status_code == 200
    for user in ("bob", "ada"):
        answer = listed.browser().get(path, headers=listed.token(user, "client"))
        assert answer.json()["code"] == "not-your-dataset"


def second_owner(market: PortalMarket) -> None:
    market.platform.people.set_roles("eve", ("owner",))
