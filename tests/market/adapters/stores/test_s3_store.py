"""What only S3 has: addresses signed by its own scheme, refusals, a server that is away."""

from __future__ import annotations

import hashlib
import secrets
import ssl
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from servers.radosgw import S3Server
from world.breaking_proxy import breaking_proxy
from world.loopback import free_ports
from world.stored_objects import content
from world.waiting import eventually

from crypto.secret import Secret
from market.adapters.stores.opening import open_store, prepare_store
from market.adapters.stores.s3 import S3Store
from market.adapters.stores.s3_client import Bucket
from market.errors import Refused, Unavailable
from market.ports.object_store import Head, ObjectAltered, upload_headers

DATA = b"ciphertext"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(scope="module")
def bucket(s3_server: S3Server) -> Bucket:
    name = f"store-{secrets.token_hex(4)}"
    s3_server.make_bucket(name)
    return Bucket(
        endpoint_url=s3_server.endpoint_url,
        name=name,
        region=s3_server.region,
        credentials=s3_server.credentials,
    )


@pytest.fixture(scope="module")
def store(bucket: Bucket) -> S3Store:
    return S3Store(bucket)


def upload_url(store: S3Store, key: str, lifetime_seconds: int = 60) -> str:
    return store.upload_url(
        key,
        sha256=SHA256,
        size_bytes=len(DATA),
        lifetime_seconds=lifetime_seconds,
        now=int(time.time()),
    )


def test_bytes_go_through_an_upload_address_and_come_through_a_download_address(
    store: S3Store,
) -> None:
    url = upload_url(store, "up/#valid/a*b")
    assert httpx.put(url, content=DATA, headers=upload_headers(SHA256)).status_code == 200
    assert store.head("up/#valid/a*b") == Head(len(DATA), SHA256)
    again = httpx.put(url, content=DATA, headers=upload_headers(SHA256))
    assert again.status_code == 412
    read = store.download_url("up/#valid/a*b", 60, int(time.time()))
    assert httpx.get(read).content == DATA


def test_altered_uploads_are_refused(store: S3Store) -> None:
    url = upload_url(store, "up/refused")
    headers = upload_headers(SHA256)
    other = hashlib.sha256(b"other").hexdigest()
    without_condition = {name: text for name, text in headers.items() if name != "If-None-Match"}
    attempts = [
        (url, DATA + b"longer", headers),
        (url, DATA, headers | {"x-amz-meta-sha256": other}),
        (url, DATA, headers | {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}),
        (url, DATA, without_condition),
        (url, DATA, upload_headers(other)),
        (url, DATA, {}),
        (url.replace("up/refused", "up/elsewhere"), DATA, headers),
        (url.replace("Expires=60", "Expires=6000"), DATA, headers),
    ]
    answers = [httpx.put(u, content=d, headers=h).status_code for u, d, h in attempts]
    assert answers == [403] * len(attempts)
    assert store.list("up/refused") == store.list("up/elsewhere") == []


def test_other_bytes_of_the_same_length_are_refused(store: S3Store) -> None:
    url, other = upload_url(store, "up/bytes"), DATA[::-1]
    for headers in (upload_headers(SHA256), upload_headers(hashlib.sha256(other).hexdigest())):
        assert httpx.put(url, content=other, headers=headers).status_code in (400, 403)
        assert store.head("up/bytes") is None
    assert httpx.put(url, content=DATA, headers=upload_headers(SHA256)).status_code == 200
    assert httpx.put(url, content=other, headers=upload_headers(SHA256)).status_code in (400, 412)
    assert content(store, "up/bytes") == DATA


def test_expired_addresses_are_refused(store: S3Store) -> None:
    store.put("late/a", DATA, sha256=SHA256)
    up = upload_url(store, "late/b", lifetime_seconds=1)
    down = store.download_url("late/a", 1, int(time.time()))
    # The server looks at its own clock; what reads may be tried while it is still good.
    eventually(lambda: httpx.get(down).status_code == 403)
    # Signed before, for as long.
    assert httpx.put(up, content=DATA, headers=upload_headers(SHA256)).status_code == 403
    assert store.head("late/b") is None


def test_server_has_conditional_writes(store: S3Store) -> None:
    store.check_conditional_writes()
    assert store.list("check/") == []


def test_object_stored_by_another_program_has_no_recorded_hash(
    store: S3Store, bucket: Bucket, s3_server: S3Server
) -> None:
    s3_server.client().put_object(Bucket=bucket.name, Key="foreign", Body=b"x")
    with pytest.raises(ObjectAltered, match="no recorded hash"):
        store.head("foreign")


def test_described_store_takes_its_credentials_from_the_environment(
    bucket: Bucket, store: S3Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    description = {
        "kind": "s3",
        "endpoint_url": bucket.endpoint_url,
        "bucket": bucket.name,
        "region": bucket.region,
    }
    monkeypatch.delenv("MARKET_S3_SECRET_ACCESS_KEY", raising=False)
    monkeypatch.setenv("MARKET_S3_ACCESS_KEY_ID", bucket.credentials.access_key_id)
    with pytest.raises(Refused, match="MARKET_S3_SECRET_ACCESS_KEY not set"):
        open_store(description)
    secret = tmp_path / "secret"
    secret.write_bytes(bucket.credentials.secret_access_key.reveal() + b"\n")
    monkeypatch.setenv("MARKET_S3_SECRET_ACCESS_KEY_FILE", str(secret))
    store.put("described", DATA, sha256=SHA256)
    assert content(open_store(description), "described") == DATA
    prepare_store(description, now=int(time.time()))
    assert store.list("check/") == []


def test_wrong_credentials_and_an_absent_server_are_unavailable(bucket: Bucket) -> None:
    (port,) = free_ports(1)
    right = bucket.credentials
    wrong = {
        "store-refused": replace(
            bucket, credentials=replace(right, secret_access_key=Secret(b"wrong"))
        ),
        "store-unreachable": replace(bucket, endpoint_url=f"http://127.0.0.1:{port}"),
    }
    for code, described in wrong.items():
        other = S3Store(described)
        for use in (
            lambda store=other: store.head("a"),
            lambda store=other: store.put("a", DATA, sha256=SHA256),
            lambda store=other: store.read("a", memoryview(bytearray(10))),
        ):
            with pytest.raises(Unavailable) as refused:
                use()
            assert refused.value.code == code
            assert "wrong" not in str(refused.value)


def test_store_is_reached_by_tls_under_the_given_authority_alone(
    s3_server: S3Server, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_tls = replace(bucket, endpoint_url=s3_server.tls_url)
    with pytest.raises(Unavailable) as refused:
        S3Store(by_tls).put("tls", DATA, sha256=SHA256)
    assert refused.value.code == "store-unreachable"
    monkeypatch.setenv("AWS_CA_BUNDLE", str(s3_server.authority))
    store = S3Store(by_tls)
    store.put("tls", DATA, sha256=SHA256)
    trusted = ssl.create_default_context(cafile=str(s3_server.authority))
    url = upload_url(store, "by-address")
    with httpx.Client(verify=trusted) as client:
        sent = client.put(url, content=DATA, headers=upload_headers(SHA256))
        read = client.get(store.download_url("tls", 60, int(time.time())))
    assert (sent.status_code, read.content) == (200, DATA)


def test_answer_that_breaks_off_is_asked_for_again(s3_server: S3Server, bucket: Bucket) -> None:
    data = secrets.token_bytes(300_000)
    S3Store(bucket).put("long", data, sha256=hashlib.sha256(data).hexdigest())
    with breaking_proxy(s3_server.endpoint_url, after_bytes=100_000, breaks=2) as proxy:
        through = S3Store(replace(bucket, endpoint_url=proxy.url))
        assert content(through, "long") == data
        assert proxy.broken == 2
    with (
        breaking_proxy(s3_server.endpoint_url, after_bytes=100_000, breaks=99) as proxy,
        pytest.raises(Unavailable) as gave_up,
    ):
        S3Store(replace(bucket, endpoint_url=proxy.url)).read(
            "long", memoryview(bytearray(300_000))
        )
    assert gave_up.value.code == "store-unreachable"
