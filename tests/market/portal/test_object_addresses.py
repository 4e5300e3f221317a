from __future__ import annotations

import hashlib
from collections.abc import Iterator

import httpx
import pytest
from portal_house import House

from market.records.manifest import chunk_prefix

DATA = b"ciphertext" * 1_000
SHA256 = hashlib.sha256(DATA).hexdigest()
NAME = "new-data"


def key_of(house: House, owner: str = "olga", dataset: str = NAME) -> str:
    """Where this owner's chunk lies."""
    fingerprint = house.keys[owner].public.fingerprint()
    return chunk_prefix(dataset, fingerprint, 1) + "valid-0"


def ask_upload(house: House, user: str, key: str, **changes: object) -> httpx.Response:
    body = {"key": key, "sha256": SHA256, "size_bytes": len(DATA), **changes}
    return house.browser().send(
        "POST", "/api/v1/uploads", json=body, headers=house.token(user, "owner")
    )


def upload_address(house: House, **changes: object) -> str:
    answer = ask_upload(house, "olga", key_of(house), **changes)
    assert answer.status_code == 200, answer.text
    address: str = answer.json()["url"]
    return address


def test_the_bytes_of_an_address_are_stored_and_read_again(house: House) -> None:
    address = upload_address(house)
    for _ in range(2):
        assert house.browser().send("PUT", address, content=DATA).status_code == 201
    answer = house.browser().get(
        f"/api/v1/objects/{key_of(house)}", headers=house.token("olga", "agent")
    )
    read = house.browser().get(answer.json()["url"])
    assert read.content == DATA
    assert read.headers["content-length"] == str(len(DATA))


def test_bytes_sent_in_pieces_are_stored(house: House) -> None:
    async def pieces() -> Iterator[bytes]:
        for start in range(0, len(DATA), 999):
            yield DATA[start : start + 999]

    answer = house.browser().send("PUT", upload_address(house), content=pieces())
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "data", [DATA[:-1], DATA + b"x", b"x" * len(DATA), b""], ids=["short", "long", "other", "none"]
)
def test_other_bytes_are_refused(house: House, data: bytes) -> None:
    answer = house.browser().send("PUT", upload_address(house), content=data)
    assert (answer.status_code, answer.json()["code"]) == (422, "object-altered")
    assert house.platform.objects.head(key_of(house)) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("valid-0", "valid-1"),
        (SHA256, hashlib.sha256(b"other").hexdigest()),
        (f"size={len(DATA)}", f"size={len(DATA) + 1}"),
        ("expires=1764", "expires=9764"),
        ("signature=", "signature=0"),
    ],
)
def test_an_altered_address_stores_nothing(house: House, old: str, new: str) -> None:
    address = upload_address(house).replace(old, new)
    answer = house.browser().send("PUT", address, content=DATA)
    assert (answer.status_code, answer.json()["code"]) == (403, "address-altered")
    assert house.platform.objects.list("datasets/new-data/") == []


def test_an_address_to_read_does_not_write_and_the_reverse(house: House) -> None:
    upload = upload_address(house)
    assert house.browser().get(upload).status_code == 403
    house.browser().send("PUT", upload, content=DATA)
    download = house.platform.objects.download_url(key_of(house), 60, house.now)
    assert house.browser().send("PUT", download, content=DATA).status_code == 403


def test_an_address_ends(house: House) -> None:
    address = upload_address(house)
    house.now += 901
    answer = house.browser().send("PUT", address, content=DATA)
    assert (answer.status_code, answer.json()["code"]) == (403, "address-expired")


def test_an_object_is_written_once(house: House) -> None:
    other = b"other bytes"
    content = {"sha256": hashlib.sha256(other).hexdigest(), "size_bytes": len(other)}
    first, second = upload_address(house), upload_address(house, **content)
    assert house.browser().send("PUT", first, content=DATA).status_code == 201
    answer = house.browser().send("PUT", second, content=other)
    assert (answer.status_code, answer.json()["code"]) == (409, "object-exists")


def test_an_object_that_is_not_there_is_a_problem(house: House) -> None:
    address = house.platform.objects.download_url(key_of(house), 60, house.now)
    answer = house.browser().get(address)
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
def test_a_malformed_key_gets_no_address(house: House, key: str) -> None:
    answer = ask_upload(house, "olga", key.format(owner=house.keys["olga"].public.fingerprint()))
    assert (answer.status_code, answer.json()["code"]) == (422, "key-malformed")


def test_a_buyer_gets_no_address_to_write(house: House) -> None:
    answer = ask_upload(house, "bob", key_of(house, "bob"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not-an-owner")


def test_an_owner_without_a_key_gets_no_address(house: House) -> None:
    house.platform.people.set_roles("ada", ("administrator", "owner"))
    answer = ask_upload(house, "ada", key_of(house))
    assert (answer.status_code, answer.json()["code"]) == (403, "not-your-dataset")


def test_nobody_uploads_under_a_published_name(listed: House) -> None:
    second_owner(listed)
    answer = ask_upload(listed, "eve", key_of(listed, "eve", "household-visits"))
    assert (answer.status_code, answer.json()["code"]) == (409, "dataset-of-another")
    answer = ask_upload(listed, "eve", key_of(listed, "olga", "household-visits"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not-your-dataset")


def test_chunks_are_read_by_their_owner_only(listed: House) -> None:
    path = f"/api/v1/objects/{key_of(listed, dataset='household-visits')}"
    assert listed.browser().get(path, headers=listed.token("olga", "agent")).status_code == 200
    for user in ("bob", "ada"):
        answer = listed.browser().get(path, headers=listed.token(user, "client"))
        assert answer.json()["code"] == "not-your-dataset"


def second_owner(house: House) -> None:
    house.platform.people.set_roles("eve", ("owner",))
