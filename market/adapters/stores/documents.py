"""Documents as objects: small enough to be read and written whole."""

from __future__ import annotations

import hashlib

from market.ports.object_store import ObjectMissing, ObjectStore


def read_document(store: ObjectStore, key: str) -> bytes:
    """The whole object.

    Raises:
        ObjectMissing: there is none of this key.
        Unavailable: the store does not answer.
    """
    head = store.head(key)
    if head is None:
        raise ObjectMissing(f"no object {key}")
    document = bytearray(head.size_bytes)
    store.read(key, memoryview(document))
    return bytes(document)


def create_document(store: ObjectStore, key: str, document: bytes) -> None:
    """Create an object; the same bytes again change nothing.

    Raises:
        ObjectExists: the key holds other bytes.
        Unavailable: the store does not answer.
    """
    store.put(key, document, sha256=hashlib.sha256(document).hexdigest())
