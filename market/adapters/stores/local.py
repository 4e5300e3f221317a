"""Objects as files below one directory.

Rules: an object is complete or absent. Its bytes are written to a temporary file and synced, then
linked to the object's name, which fails if the name exists; the directory is synced before `put`
returns. A file begins with one line that records the hash of what follows, so that hash and bytes
appear together. Names end in `~`, which no key holds: `a` and `a/b` can both be objects.

    objects/WORD/WORD/WORD~    the objects
    partial/                   what is being written; a killed writer's file stays until swept
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from io import BufferedReader
from pathlib import Path

from market.adapters.full_disk import typed_disk_failures
from market.adapters.stores.signed_urls import (
    UrlSigner,
    sign_url,
    verify_download,
    verify_upload,
)
from market.errors import Refused
from market.ports.object_store import (
    Content,
    Head,
    ObjectAltered,
    ObjectExists,
    ObjectMissing,
    check_key,
    check_prefix,
)

ABANDONED_SECONDS = 24 * 3_600
_HEADER = re.compile(rb"object/1 sha256=([0-9a-f]{64})\n")
_HEADER_BYTES = 81
_SUFFIX = "~"


class LocalStore:
    """An `ObjectStore` in a directory, for one machine.

    Args:
        root: the store's directory; made if absent.
        urls: signs and verifies addresses; a store without it has none to give.
    """

    def __init__(self, root: Path, urls: UrlSigner | None = None) -> None:
        self._objects = root / "objects"
        self._partial = root / "partial"
        self._urls = urls
        for directory in (self._objects, self._partial):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sync_directory(root)

    def put(self, key: str, data: bytes, *, sha256: str) -> None:
        """Create an object; it is on the disk, name and all, when this returns.

        Args:
            data: the object's bytes.
            sha256: of `data`, 64 hex characters.

        Raises:
            ObjectAltered: `data` has another hash.
            ObjectExists: the key holds other bytes; the same bytes again are not an error.
            Unavailable: `disk-full`, `disk-failed`; the object is as it was before.
            ValueError: a malformed key.
        """
        path = self._path(key)
        seen = hashlib.sha256(data).hexdigest()
        if seen != sha256:
            raise ObjectAltered(f"{key} hashes to {seen[:16]}, expected {sha256[:16]}")
        with typed_disk_failures(f"object {key}"):
            self._write(key, path, data, sha256)

    def _write(self, key: str, path: Path, data: bytes, sha256: str) -> None:
        self._make_directory(path.parent)
        partial = self._partial / secrets.token_hex(16)
        try:
            _write_synced(partial, b"object/1 sha256=" + sha256.encode("ascii") + b"\n", data)
            os.link(partial, path)
        except FileExistsError as error:
            if self.head(key) != Head(len(data), sha256):
                raise ObjectExists(f"{key} exists with other bytes") from error
        finally:
            partial.unlink(missing_ok=True)
        # Also for an object that was there: its writer may not have come this far.
        _sync_directory(path.parent)

    def read(self, key: str, into: memoryview) -> None:
        """The whole object into a buffer of its size, for the caller to hash.

        Raises:
            ObjectMissing: no such object.
            ObjectAltered: it has another size, or its first line is not one of ours.
            ValueError: a malformed key.
        """
        file, head = self.open_object(key)
        with file:
            if head.size_bytes == len(into):
                file.readinto(into)
        if head.size_bytes != len(into):
            raise ObjectAltered(f"{key} has {head.size_bytes} bytes, expected {len(into)}")

    def open_object(self, key: str) -> tuple[BufferedReader, Head]:
        """A file that stands at the object's first byte, for a server to stream and close.

        Raises:
            ObjectMissing: no such object.
            ObjectAltered: its first line is not one that `put` writes.
            ValueError: a malformed key.
        """
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError as error:
            raise ObjectMissing(f"no object {key}") from error
        match = _HEADER.fullmatch(file.read(_HEADER_BYTES))
        if match is None:
            file.close()
            raise ObjectAltered(f"{key} does not begin with the line that records its hash")
        size_bytes = os.fstat(file.fileno()).st_size - _HEADER_BYTES
        return file, Head(size_bytes, match[1].decode("ascii"))

    def head(self, key: str) -> Head | None:
        """Size and recorded hash, from the first line alone; None where there is no object.

        Raises:
            ObjectAltered: its first line is not one that `put` writes.
            ValueError: a malformed key.
        """
        try:
            file, head = self.open_object(key)
        except ObjectMissing:
            return None
        file.close()
        return head

    def list(self, prefix: str) -> list[str]:
        """The keys that begin with `prefix`, sorted; it walks every name of the store.

        Raises:
            ValueError: a malformed prefix.
        """
        check_prefix(prefix)
        start = self._objects / prefix.rpartition("/")[0]
        return sorted(key for key in self._keys_below(start) if key.startswith(prefix))

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error.

        Raises:
            ValueError: a malformed key.
        """
        path = self._path(key)
        try:
            path.unlink()
        except FileNotFoundError:
            return
        _sync_directory(path.parent)

    def upload_url(
        self, key: str, *, sha256: str, size_bytes: int, lifetime_seconds: int, now: int
    ) -> str:
        """An address under which exactly these bytes may be stored until `now + lifetime_seconds`.

        Raises:
            Refused: `store-without-addresses`: this store signs none.
            ValueError: a malformed key.
        """
        content = Content(sha256, size_bytes)
        return sign_url(self._signer(), key, expires=now + lifetime_seconds, content=content)

    def download_url(self, key: str, lifetime_seconds: int, now: int) -> str:
        """An address under which the object may be read until `now + lifetime_seconds`.

        Raises:
            Refused: `store-without-addresses`: this store signs none.
            ValueError: a malformed key.
        """
        return sign_url(self._signer(), key, expires=now + lifetime_seconds, content=None)

    def check_upload(self, key: str, query: Mapping[str, str], *, now: int) -> Content:
        """The only bytes that may be PUT at this address.

        Raises:
            NotPermitted: as `verify_upload`.
            Refused: `store-without-addresses`.
        """
        return verify_upload(self._signer().keys(), key, query, now=now)

    def check_download(self, key: str, query: Mapping[str, str], *, now: int) -> None:
        """Return if this address may be read.

        Raises:
            NotPermitted: as `verify_download`.
            Refused: `store-without-addresses`.
        """
        verify_download(self._signer().keys(), key, query, now=now)

    def sweep(self, now: int) -> int:
        """Remove what killed writers left more than a day ago; returns how many files."""
        swept = 0
        for partial in self._partial.iterdir():
            if partial.stat().st_mtime < now - ABANDONED_SECONDS:
                partial.unlink(missing_ok=True)
                swept += 1
        return swept

    def _signer(self) -> UrlSigner:
        if self._urls is None:
            raise Refused(
                "store-without-addresses",
                "This store was opened without a key that signs addresses.",
                "Ask the portal for the address.",
            )
        return self._urls

    def _path(self, key: str) -> Path:
        return self._objects / (check_key(key) + _SUFFIX)

    def _keys_below(self, start: Path) -> Iterator[str]:
        for directory, _, names in os.walk(start):
            words = Path(directory).relative_to(self._objects).parts
            for name in names:
                yield "/".join((*words, name.removesuffix(_SUFFIX)))

    def _make_directory(self, directory: Path) -> None:
        """Make a directory and its parents; each new name is synced before it is built upon."""
        if directory.is_dir():
            return
        self._make_directory(directory.parent)
        directory.mkdir(exist_ok=True, mode=0o700)
        _sync_directory(directory.parent)


def _write_synced(path: Path, header: bytes, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(header)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
