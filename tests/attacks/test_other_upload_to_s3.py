"""Who holds the address of an upload to S3 sends other bytes than it was signed for, in the place
of what is stored, or under another hash: a real server takes what the signature pins, alone."""

from __future__ import annotations

import hashlib
import secrets
import time

import httpx
import pytest
from servers.radosgw import S3Server
from world.stored_objects import content

from market.adapters.stores.s3 import S3Store
from market.adapters.stores.s3_client import Bucket
from market.ports.object_store import Head, upload_headers

pytest_plugins = ("servers.radosgw",)

CHUNK = b"the owner's ciphertext"
OTHERS = {
    "other bytes": b"some other ciphertext.",
    "fewer": CHUNK[:-1],
    "more": CHUNK + b"!",
    "none": b"",
}
SHA256 = hashlib.sha256(CHUNK).hexdigest()


def declared(data: bytes) -> dict[str, dict[str, str]]:
    """What a thief may say of their bytes: what the owner would, the truth, as little as S3 takes,
    or the owner's hash for the record."""
    truth = upload_headers(hashlib.sha256(data).hexdigest())
    unsigned = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    return {
        "the owner's words": upload_headers(SHA256),
        "the truth": truth,
        "nothing of the bytes": unsigned,
        "another hash on record": truth | {"x-amz-meta-sha256": SHA256},
        "nothing": {},
    }


@pytest.fixture(scope="module")
def store(s3_server: S3Server) -> S3Store:
    name = f"attacked-{secrets.token_hex(4)}"
    s3_server.make_bucket(name)
    return S3Store(Bucket(s3_server.endpoint_url, name, s3_server.region, s3_server.credentials))


@pytest.fixture
def key() -> str:
    return f"datasets/visits/owner/1/{secrets.token_hex(4)}"


def address(store: S3Store, key: str) -> str:
    return store.upload_url(
        key, sha256=SHA256, size_bytes=len(CHUNK), lifetime_seconds=60, now=int(time.time())
    )


def put(where: str, data: bytes, headers: dict[str, str]) -> int:
    return httpx.put(where, content=data, headers=headers).status_code


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_address_takes_no_other_bytes(store: S3Store, key: str, data: bytes) -> None:
    where = address(store, key)
    for words, headers in declared(data).items():
        assert put(where, data, headers) in (400, 403), words
        assert store.head(key) is None
    # Nor do they stand in the owner's way.
    assert put(where, CHUNK, upload_headers(SHA256)) == 200
    assert store.head(key) == Head(len(CHUNK), SHA256)


@pytest.mark.parametrize("data", [*OTHERS.values(), CHUNK], ids=[*OTHERS, "the same"])
def test_what_is_stored_is_not_replaced(store: S3Store, key: str, data: bytes) -> None:
    where = address(store, key)
    assert put(where, CHUNK, upload_headers(SHA256)) == 200
    for words, headers in declared(data).items():
        assert put(where, data, headers) in (400, 403, 412), words
    assert content(store, key) == CHUNK
    assert store.head(key) == Head(len(CHUNK), SHA256)


def test_recorded_hash_is_the_signed_one(store: S3Store, key: str) -> None:
    """By the record alone the portal tells that a chunk is stored already."""
    other = hashlib.sha256(OTHERS["other bytes"]).hexdigest()
    headers = upload_headers(SHA256) | {"x-amz-meta-sha256": other}
    assert put(address(store, key), CHUNK, headers) == 403
    assert store.head(key) is None
