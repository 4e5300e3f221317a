"""A store from its description: what may stand in a file that crosses machines.

    {"kind": "local", "path": DIRECTORY}
    {"kind": "s3", "endpoint_url": URL or "", "bucket": NAME, "region": NAME}

Descriptions hold no credentials; S3's are the environment's MARKET_S3_ACCESS_KEY_ID and
MARKET_S3_SECRET_ACCESS_KEY. boto3 is imported only where an S3 store is opened.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path

from market.adapters.stores.local import LocalStore
from market.errors import Refused
from market.ports.object_store import ObjectStore

_S3 = "market.adapters.stores.s3"
_MEMBERS: dict[str, set[str]] = {
    "local": {"kind", "path"},
    "s3": {"kind", "endpoint_url", "bucket", "region"},
}


def open_store(description: dict[str, str]) -> ObjectStore:
    """Open a store for reading and writing; a local one gives no addresses.

    Raises:
        Refused: `store-description` for a kind or members that are not known;
            `store-credentials` where the environment lacks them.
    """
    kind = description.get("kind", "")
    if set(description) != _MEMBERS.get(kind):
        raise Refused(
            "store-description",
            f"A store of kind {kind!r} with {', '.join(sorted(description))} is not known.",
            "Describe it as local with path, or as s3 with endpoint_url, bucket and region.",
        )
    if kind == "local":
        return LocalStore(Path(description["path"]))
    store: ObjectStore = importlib.import_module(_S3).open_described(description, dict(os.environ))
    return store
