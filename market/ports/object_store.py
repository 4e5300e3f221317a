"""Where ciphertext lies: write-once objects under names, verified by SHA-256."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


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


class ObjectStore(Protocol):
    """Keys are slash-separated words of [A-Za-z0-9._=#*-]; `..` and empty words are refused."""

    def put(self, key: str, data: bytes, *, sha256: str) -> None:
        """Create an object, atomically and durably; the same bytes again change nothing.

        Raises:
            ObjectAltered: `data` does not hash to `sha256`.
            ObjectExists: the key holds other bytes.
            ValueError: a malformed key.
        """

    def get(self, key: str, *, sha256: str | None, limit_bytes: int) -> bytes:
        """The whole object, hashed against `sha256` unless that is None (the caller hashes).

        Raises:
            ObjectMissing: no such object.
            ObjectAltered: larger than `limit_bytes`, or another hash.
        """

    def head(self, key: str) -> Head | None:
        """Size and recorded hash, or None."""

    def list(self, prefix: str) -> list[str]:
        """Keys that begin with `prefix`, in order."""

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens if there is none."""

    def upload_url(
        self, key: str, *, sha256: str, size_bytes: int, lifetime_seconds: int, now: int
    ) -> str:
        """An address at which these very bytes may be PUT once, until `now` + lifetime."""

    def download_url(self, key: str, lifetime_seconds: int, now: int) -> str:
        """An address from which the object may be read until `now` + lifetime."""
