"""A store from its description: what may stand in a file that crosses machines.

    {"kind": "local", "path": DIRECTORY}
    {"kind": "s3", "endpoint_url": URL or "", "bucket": NAME, "region": NAME}

Descriptions hold no credentials; S3's come from the environment (`credentials`). boto3 is
imported only where an S3 store is opened.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Protocol

from market.adapters.stores.local import LocalStore
from market.errors import Refused
from market.ports.object_store import ObjectStore

_S3 = "market.adapters.stores.s3"
_MEMBERS: dict[str, set[str]] = {
    "local": {"kind", "path"},
    "s3": {"kind", "endpoint_url", "bucket", "region"},
}


class _Bucket(ObjectStore, Protocol):
    def check_conditional_writes(self) -> None: ...


def open_store(description: dict[str, str]) -> ObjectStore:
    """Open a store for reading and writing; a local one gives no addresses.

    Raises:
        Refused: `store-description` for a kind or members that are not known;
            `store-credentials` where the environment lacks them.
    """
    _check(description)
    return _directory(description) if description["kind"] == "local" else _bucket(description)


def prepare_store(description: dict[str, str], *, now: int) -> None:
    """Once per start, before anything is written: a directory is swept of what killed writers
    left, and a bucket's server is held to creating objects and never replacing them, also where
    several write at once.

    Raises:
        Refused: as `open_store`; `store-overwrites` for a server that replaces objects;
            `store-unreadable` for credentials that do not read.
        Unavailable: the server does not answer.
    """
    _check(description)
    if description["kind"] == "local":
        _directory(description).sweep(now)
    else:
        _bucket(description).check_conditional_writes()


def _check(description: dict[str, str]) -> None:
    kind = description.get("kind", "")
    if set(description) != _MEMBERS.get(kind):
        raise Refused(
            "store-description",
            f"A store of kind {kind!r} with {', '.join(sorted(description))} is not known.",
            "Describe it as local with path, or as s3 with endpoint_url, bucket and region.",
        )


def _directory(description: dict[str, str]) -> LocalStore:
    return LocalStore(Path(description["path"]))


def _bucket(description: dict[str, str]) -> _Bucket:
    bucket: _Bucket = importlib.import_module(_S3).open_described(description, dict(os.environ))
    return bucket
