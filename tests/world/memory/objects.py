"""The object store port in memory: the twin which the contract suite holds to the real ones."""

from __future__ import annotations

import hashlib
from threading import Lock

from market.ports.object_store import (
    Head,
    ObjectAltered,
    ObjectExists,
    ObjectMissing,
    check_key,
    check_prefix,
)


class MemoryObjects:
    """Addresses are `memory:` names for tests that only pass them on."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[Head, bytes]] = {}
        self._lock = Lock()

    def put(self, key: str, data: bytes, *, sha256: str) -> None:
        check_key(key)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ObjectAltered(key)
        head = Head(len(data), sha256)
        with self._lock:
            if self._objects.setdefault(key, (head, bytes(data)))[0] != head:
                raise ObjectExists(key)

    def read(self, key: str, into: memoryview) -> None:
        if check_key(key) not in self._objects:
            raise ObjectMissing(key)
        data = self._objects[key][1]
        if len(data) != len(into):
            raise ObjectAltered(key)
        into[:] = data

    def head(self, key: str) -> Head | None:
        found = self._objects.get(check_key(key))
        return None if found is None else found[0]

    def list(self, prefix: str) -> list[str]:
        check_prefix(prefix)
        return sorted(key for key in self._objects if key.startswith(prefix))

    def delete(self, key: str) -> None:
        self._objects.pop(check_key(key), None)

    def upload_url(
        self, key: str, *, sha256: str, size_bytes: int, lifetime_seconds: int, now: int
    ) -> str:
        return f"memory:{check_key(key)}?PUT&{sha256}&{size_bytes}&{now + lifetime_seconds}"

    def download_url(self, key: str, lifetime_seconds: int, now: int) -> str:
        return f"memory:{check_key(key)}?GET&{now + lifetime_seconds}"
