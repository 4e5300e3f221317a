"""One contract, three stores: the memory twin, the local directory and a real S3 server."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.radosgw import S3Server
from world.memory.objects import MemoryObjects
from world.stored_objects import content

from market.adapters.stores.local import LocalStore
from market.adapters.stores.measured import measured
from market.adapters.stores.s3 import S3Store
from market.adapters.stores.s3_client import Bucket
from market.ports.object_store import (
    Head,
    ObjectAltered,
    ObjectExists,
    ObjectMissing,
    ObjectStore,
    check_key,
    check_prefix,
)
from market.processes.measures import StoreMeasures

MALFORMED = [
    "",
    "/",
    "/absolute",
    "a/",
    "a//b",
    "..",
    "../a",
    "a/../b",
    "a/.",
    "a b",
    "a\\b",
    "a~",
    "ä",
    "a\n",
    "a\x00",
    "a%2e",
    "x" * 201,
    "/".join(["x" * 100] * 6),
]
_PLACES = itertools.count()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def s3_bucket(s3_server: S3Server) -> Bucket:
    bucket = Bucket(
        endpoint_url=s3_server.endpoint_url,
        name=f"contract-{secrets.token_hex(4)}",
        region=s3_server.region,
        credentials=s3_server.credentials,
    )
    s3_server.make_bucket(bucket.name)
    return bucket


@pytest.fixture(scope="module", params=["memory", "local", "measured", "s3"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ObjectStore:
    if request.param == "memory":
        return MemoryObjects()
    if request.param == "local":
        return LocalStore(tmp_path_factory.mktemp("objects"))
    if request.param == "measured":
        return measured(LocalStore(tmp_path_factory.mktemp("objects")), StoreMeasures())
    # Three keys to a page, so that every longer list is read in several.
    return S3Store(request.getfixturevalue("s3_bucket"), page_keys=3)


@pytest.fixture
def place() -> Iterator[str]:
    """Where no other test writes."""
    return f"place{next(_PLACES)}"


def put(store: ObjectStore, key: str, data: bytes) -> None:
    store.put(key, data, sha256=sha(data))


def test_what_was_put_is_read_back(store: ObjectStore, place: str) -> None:
    for size in (0, 1, 300_000):
        data = secrets.token_bytes(size)
        key = f"{place}/v=1/#valid/age*hours.{size}_-"
        put(store, key, data)
        assert content(store, key) == data
        assert store.head(key) == Head(size, sha(data))


def test_same_bytes_again_change_nothing_and_other_bytes_are_refused(
    store: ObjectStore, place: str
) -> None:
    put(store, f"{place}/a", b"first")
    put(store, f"{place}/a", b"first")
    with pytest.raises(ObjectExists):
        put(store, f"{place}/a", b"other")
    assert content(store, f"{place}/a") == b"first"


def test_one_of_sixteen_racing_writers_creates_the_object(store: ObjectStore, place: str) -> None:
    def write(writer: int) -> bytes | None:
        data = b"writer %d" % writer
        try:
            put(store, f"{place}/raced", data)
        except ObjectExists:
            return None
        return data

    with ThreadPoolExecutor(16) as pool:
        winners = [data for data in pool.map(write, range(16)) if data is not None]
    assert winners == [content(store, f"{place}/raced")]


def test_sixteen_writers_of_the_same_bytes_all_succeed(store: ObjectStore, place: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: put(store, f"{place}/same", b"same"), range(16)))
    assert store.head(f"{place}/same") == Head(4, sha(b"same"))


def test_bytes_that_do_not_hash_as_announced_are_not_stored(store: ObjectStore, place: str) -> None:
    with pytest.raises(ObjectAltered):
        store.put(f"{place}/a", b"bytes", sha256=sha(b"others"))
    assert store.head(f"{place}/a") is None


@pytest.mark.parametrize("size", [0, 4, 6])
def test_object_of_another_size_is_not_read(store: ObjectStore, place: str, size: int) -> None:
    put(store, f"{place}/a", b"12345")
    buffer = bytearray(size)
    with pytest.raises(ObjectAltered):
        store.read(f"{place}/a", memoryview(buffer))
    assert buffer == bytes(size)


def test_object_is_read_into_its_part_of_a_buffer(store: ObjectStore, place: str) -> None:
    put(store, f"{place}/a", b"12345")
    buffer = bytearray(b"........")
    store.read(f"{place}/a", memoryview(buffer)[1:6])
    assert buffer == b".12345.."


def test_missing_object_is_missing(store: ObjectStore, place: str) -> None:
    assert store.head(f"{place}/a") is None
    with pytest.raises(ObjectMissing):
        store.read(f"{place}/a", memoryview(bytearray(1)))
    store.delete(f"{place}/a")
    assert store.list(f"{place}/") == []


def test_deleted_object_is_gone_and_its_key_free(store: ObjectStore, place: str) -> None:
    put(store, f"{place}/a", b"first")
    store.delete(f"{place}/a")
    assert store.head(f"{place}/a") is None
    put(store, f"{place}/a", b"second")
    assert content(store, f"{place}/a") == b"second"


def test_key_that_is_the_beginning_of_another_is_an_object_too(
    store: ObjectStore, place: str
) -> None:
    put(store, f"{place}/a/b", b"inner")
    put(store, f"{place}/a", b"outer")
    assert content(store, f"{place}/a") == b"outer"
    assert store.list(f"{place}/a") == [f"{place}/a", f"{place}/a/b"]


def test_list_is_complete_ordered_and_over_pages(store: ObjectStore, place: str) -> None:
    keys = [
        f"{place}/{word}" for word in ("b", "a", "a.b", "a/b", "a-b", "B", "aa", "#", "10", "9")
    ]
    for key in keys:
        put(store, key, b"x")
    assert store.list(f"{place}/") == sorted(keys)
    assert store.list(f"{place}/a") == sorted(key for key in keys if key.startswith(f"{place}/a"))
    assert store.list(f"{place}/a/") == [f"{place}/a/b"]
    assert store.list(f"{place}/c") == []
    assert set(keys) <= set(store.list(""))


@pytest.mark.parametrize("key", MALFORMED)
def test_malformed_key_is_refused_everywhere(store: ObjectStore, key: str) -> None:
    uses: list[Callable[[], object]] = [
        lambda: put(store, key, b"x"),
        lambda: store.read(key, memoryview(bytearray(1))),
        lambda: store.head(key),
        lambda: store.delete(key),
    ]
    for use in uses:
        with pytest.raises(ValueError, match="malformed"):
            use()


@pytest.mark.parametrize("prefix", ["/", "../", "a/../", "a//", "a b", "./"])
def test_prefix_that_begins_no_key_is_refused(store: ObjectStore, prefix: str) -> None:
    with pytest.raises(ValueError, match="malformed"):
        store.list(prefix)


words = st.from_regex(r"[A-Za-z0-9._=#*-]{1,20}", fullmatch=True).filter(
    lambda word: word not in (".", "..")
)


@given(st.lists(words, min_size=1, max_size=5), st.integers(min_value=0, max_value=200))
def test_every_beginning_of_a_key_is_a_prefix(parts: list[str], cut: int) -> None:
    key = check_key("/".join(parts))
    assert check_prefix(key[:cut]) == key[:cut]
