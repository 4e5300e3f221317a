"""Serve single objects at the signed addresses of a store that has no server of its own.

An address says what it admits, and is its own permission: nobody is asked who they are. An S3 store
has addresses of its own, so nothing is served for it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from market.errors import Conflict, NotFound, Refused
from market.ports.object_store import (
    AddressedStore,
    Content,
    Head,
    ObjectAltered,
    ObjectExists,
    ObjectMissing,
)
from market.records.manifest import owner_of
from market.services.platform import Platform


def admit_upload(
    platform: Platform, key: str, query: Mapping[str, str], *, now: int
) -> tuple[Content, str]:
    """The only bytes that may be PUT at this address, and whose they are (a key's fingerprint).

    Raises:
        NotFound: `no-local-store`. NotPermitted: `address-altered`, `address-expired`.
    """
    return _store(platform).check_upload(key, query, now=now), owner_of(key)


def keep_upload(platform: Platform, key: str, content: Content, data: bytes) -> None:
    """Store the bytes an address admitted; the same bytes again change nothing.

    Raises:
        Refused: `object-altered`: they are others. Conflict: `object-exists`.
        Unavailable: the disk is full.
    """
    if len(data) != content.size_bytes:
        raise other_bytes(f"{len(data)} bytes arrived, expected {content.size_bytes}")
    try:
        _store(platform).put(key, data, sha256=content.sha256)
    except ObjectAltered as error:
        raise other_bytes(str(error)) from error
    except ObjectExists as error:
        raise Conflict(
            "object-exists",
            f"Object {key} exists with other bytes.",
            "Objects are written once: publish a new version.",
        ) from error


def open_download(
    platform: Platform, key: str, query: Mapping[str, str], *, now: int
) -> tuple[BinaryIO, Head]:
    """The object at this address: a file at its first byte, for the caller to close, and its size.

    Raises:
        NotFound: `no-local-store`, `no-object`. Refused: `chunk-altered`.
        NotPermitted: `address-altered`, `address-expired`.
    """
    store = _store(platform)
    store.check_download(key, query, now=now)
    try:
        return store.open_object(key)
    except ObjectMissing as error:
        raise NotFound(
            "no-object", f"There is no object {key}.", "Upload it, or compare the manifest."
        ) from error
    except ObjectAltered as error:
        raise Refused(
            "chunk-altered", f"Object {key} was altered in the store.", "Upload it again."
        ) from error


def other_bytes(reason: str) -> Refused:
    """What arrived is not what the address admits."""
    return Refused(
        "object-altered",
        f"These are not the bytes this address admits: {reason}.",
        "Send the object again; publishing again sends what is missing.",
    )


def _store(platform: Platform) -> AddressedStore:
    if not isinstance(platform.objects, AddressedStore):
        raise NotFound(
            "no-local-store", "Objects are not served here.", "Ask for the object's address again."
        )
    return platform.objects
