from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from world.stored_objects import content

from crypto.secret import Secret, unchanging
from market.adapters.stores.local import ABANDONED_SECONDS, LocalStore
from market.adapters.stores.opening import open_store
from market.adapters.stores.signed_urls import UrlSigner
from market.errors import NotPermitted, Refused
from market.ports.object_store import Content, ObjectAltered

WRITER = """
import hashlib, sys
from pathlib import Path
from market.adapters.stores.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
for number in range(10**6):
    data = bytes([number % 256]) * 2_000_000
    store.put(f"w/{number}", data, sha256=hashlib.sha256(data).hexdigest())
    print(number, flush=True)
"""


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def parts(url: str) -> tuple[str, dict[str, str]]:
    split = urlsplit(url)
    return unquote(split.path.removeprefix("/objects/")), dict(parse_qsl(split.query))


@pytest.mark.processes
@pytest.mark.parametrize("after_objects", [1, 2, 4, 7])
def test_killed_writer_leaves_no_half_written_object(tmp_path: Path, after_objects: int) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    acknowledged = [int(writer.stdout.readline()) for _ in range(after_objects)]
    # It is somewhere in the next one.
    writer.kill()
    acknowledged += [int(line) for line in writer.stdout.read().split()]
    writer.wait(timeout=30)
    writer.stdout.close()

    store = LocalStore(tmp_path)
    found = store.list("w/")
    assert {f"w/{number}" for number in acknowledged} <= set(found)
    for key in found:
        head = store.head(key)
        assert head is not None
        assert head.size_bytes == 2_000_000
        assert sha(content(store, key)) == head.sha256


def test_abandoned_files_are_swept_and_young_ones_kept(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    now = int(time.time())
    for name, age in (("old", ABANDONED_SECONDS + 10), ("young", 10)):
        (tmp_path / "partial" / name).write_bytes(b"half")
        os.utime(tmp_path / "partial" / name, (now - age, now - age))
    assert store.sweep(now) == 1
    assert [path.name for path in (tmp_path / "partial").iterdir()] == ["young"]
    assert store.list("") == []


def test_nothing_temporary_remains_after_put(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("a", b"x", sha256=sha(b"x"))
    store.put("a", b"x", sha256=sha(b"x"))
    assert list((tmp_path / "partial").iterdir()) == []


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("place", [0, 80])
def test_a_first_line_altered_on_disk_is_noticed(tmp_path: Path, place: int) -> None:
    store = LocalStore(tmp_path)
    store.put("a/b", b"content", sha256=sha(b"content"))
    flip(tmp_path / "objects" / "a" / "b~", place)
    with pytest.raises(ObjectAltered):
        store.read("a/b", memoryview(bytearray(7)))


@pytest.mark.parametrize("place", [81, -1])
def test_content_altered_on_disk_is_no_longer_what_was_recorded(tmp_path: Path, place: int) -> None:
    store = LocalStore(tmp_path)
    store.put("a/b", b"content", sha256=sha(b"content"))
    flip(tmp_path / "objects" / "a" / "b~", place)
    head = store.head("a/b")
    assert head is not None
    assert head.sha256 != sha(content(store, "a/b"))


def test_truncated_file_is_noticed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("a", b"content", sha256=sha(b"content"))
    for size in (0, 40, 81, 85):
        os.truncate(tmp_path / "objects" / "a~", size)
        with pytest.raises(ObjectAltered):
            store.read("a", memoryview(bytearray(7)))


def test_objects_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    LocalStore(tmp_path).put("a/b", b"x", sha256=sha(b"x"))
    for directory in ("objects", "objects/a", "partial"):
        assert (tmp_path / directory).stat().st_mode & 0o077 == 0


def test_addresses_lead_through_upload_to_download(tmp_path: Path) -> None:
    signer = UrlSigner("http://127.0.0.1:8420/objects/", unchanging(Secret(bytes(32))))
    store = LocalStore(tmp_path, signer)
    data = b"ciphertext"
    url = store.upload_url(
        "d/#valid/0", sha256=sha(data), size_bytes=len(data), lifetime_seconds=60, now=1_000
    )
    key, query = parts(url)
    assert store.check_upload(key, query, now=1_059) == Content(sha(data), len(data))
    with pytest.raises(NotPermitted, match="good until 1060"):
        store.check_upload(key, query, now=1_060)
    with pytest.raises(NotPermitted, match="altered"):
        store.check_upload(key, {**query, "sha256": sha(b"other")}, now=1_000)
    store.put(key, data, sha256=query["sha256"])

    key, query = parts(store.download_url("d/#valid/0", 60, 1_000))
    store.check_download(key, query, now=1_000)
    file, head = store.open_object(key)
    with file:
        assert file.read() == data
    assert head.size_bytes == len(data)
    with pytest.raises(NotPermitted, match="altered"):
        store.check_download("d/#valid/1", query, now=1_000)


def test_store_without_a_signing_key_gives_no_addresses(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="store-without-addresses"):
        LocalStore(tmp_path).download_url("a", 60, 1_000)


@pytest.mark.processes
def test_described_local_store_opens_without_boto3(tmp_path: Path) -> None:
    program = (
        "import sys; from market.adapters.stores.opening import open_store;"
        "open_store({'kind': 'local', 'path': sys.argv[1]}).list('');"
        "assert not {'boto3', 'botocore'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=60)


@pytest.mark.parametrize(
    "description",
    [
        {},
        {"kind": "ftp", "path": "x"},
        {"kind": "local"},
        {"kind": "local", "path": "x", "secret": "y"},
        {"kind": "s3", "bucket": "b", "region": "r"},
    ],
)
def test_unknown_description_is_refused(description: dict[str, str]) -> None:
    with pytest.raises(Refused, match="store-description"):
        open_store(description)
