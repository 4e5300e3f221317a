"""What lies in a store, whole."""

from __future__ import annotations

from market.ports.object_store import ObjectMissing, ObjectStore


def content(store: ObjectStore, key: str) -> bytes:
    """An object's bytes.

    Raises:
        ObjectMissing: no such object.
    """
    head = store.head(key)
    if head is None:
        raise ObjectMissing(key)
    data = bytearray(head.size_bytes)
    store.read(key, memoryview(data))
    return bytes(data)
