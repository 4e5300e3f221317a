"""Where ciphertext lies: write-once objects under names, verified by SHA-256."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Protocol, runtime_checkable

LONGEST_KEY = 512
_WORD = re.compile(r"[A-Za-z0-9._=#*-]{1,200}")


class ObjectMissing(Exception):
    """No object has this key."""


class ObjectAltered(Exception):
    """An object's bytes or size are not what was expected of it."""


class ObjectExists(Exception):
    """Another object has this key already."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the store knows of an object without reading it."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Content:
    """The only bytes an upload admits: their SHA-256 (hex), and how many they are."""

    sha256: str
    size_bytes: int


def check_key(key: str) -> str:
    """Return a well-formed key.

    Raises:
        ValueError: empty, over 512 characters, absolute, or with a word that is empty, `.`, `..`,
            over 200 characters or spelled with others than [A-Za-z0-9._=#*-].
    """
    words = key.split("/")
    well_formed = all(_WORD.fullmatch(word) and word not in (".", "..") for word in words)
    if len(key) > LONGEST_KEY or not well_formed:
        raise ValueError(
            f"object key {key[:80]!r} is malformed: expected at most {LONGEST_KEY} characters in "
            "slash-separated words of [A-Za-z0-9._=#*-], none of them empty, `.` or `..`"
        )
    return key


def check_prefix(prefix: str) -> str:
    """Return what may begin a well-formed key, the empty prefix included.

    Raises:
        ValueError: no well-formed key begins so.
    """
    check_key(prefix + "x")
    return prefix


def upload_headers(sha256: str) -> dict[str, str]:
    """What a PUT to an `upload_url` must send beside the bytes, to every kind of store.

    S3 signs these headers into the address: the object is created, never replaced, its hash is
    recorded, and a server refuses other bytes, by the body's hash or by a checksum.
    """
    return {
        "If-None-Match": "*",
        "x-amz-content-sha256": sha256,
        "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(sha256)).decode("ascii"),
        "x-amz-meta-sha256": sha256,
    }


class ObjectStore(Protocol):
    """Keys are slash-separated words of [A-Za-z0-9._=#*-]; `..` and empty words are refused."""

    def put(self, key: str, data: bytes, *, sha256: str) -> None:
        """Create an object, atomically and durably; the same bytes again change nothing.

        Raises:
            ObjectAltered: `data` does not hash to `sha256`.
            ObjectExists: the key holds other bytes.
            ValueError: a malformed key.
        """

    def read(self, key: str, into: memoryview) -> None:
        """The whole object into a buffer of its size, for the caller to hash.

        Raises:
            ObjectMissing: no such object.
            ObjectAltered: it has another size than the buffer.
            ValueError: a malformed key.
        """

    def head(self, key: str) -> Head | None:
        """Size and recorded hash, or None."""

    def list(self, prefix: str) -> list[str]:
        """Keys that begin with `prefix`, in order.

        Raises:
            ValueError: no well-formed key begins so.
        """

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens if there is none."""

    def upload_url(
        self, key: str, *, sha256: str, size_bytes: int, lifetime_seconds: int, now: int
    ) -> str:
        """An address at which these very bytes may be PUT once, until `now` + lifetime.

        The client sends `upload_headers` with them. 2xx: stored, or stored already with the same
        bytes; 409 or 412: the key exists, look whether with the same bytes; 403: altered, late.
        """

    def download_url(self, key: str, lifetime_seconds: int, now: int) -> str:
        """An address from which the object may be read until `now` + lifetime."""


@runtime_checkable
class AddressedStore(ObjectStore, Protocol):
    """A store whose addresses lead to this platform's own server, which asks it what each admits.

    `query` holds the members of an address's query, percent-decoded once.
    """

    def check_upload(self, key: str, query: Mapping[str, str], *, now: int) -> Content:
        """The only bytes that may be PUT at this address now.

        Raises:
            NotPermitted: `address-altered` or `address-expired`.
        """

    def check_download(self, key: str, query: Mapping[str, str], *, now: int) -> None:
        """Return if this address may be read now (raises as `check_upload`)."""

    def open_object(self, key: str) -> tuple[BinaryIO, Head]:
        """A file that stands at the object's first byte, for the caller to close.

        Raises:
            ObjectMissing: no such object.
            ObjectAltered: it is not as `put` left it.
            ValueError: a malformed key.
        """
