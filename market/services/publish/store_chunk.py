"""Take an owner's chunk in: an address to send its bytes to. No name is claimed by it.

It is written down before its address is given out: so it counts as stored, and goes by itself if
its version is never published.
"""

from __future__ import annotations

from market.entities.people import User
from market.entities.retention import StoredChunk, Upload
from market.errors import Conflict
from market.records.manifest import version_of
from market.services.access.limits import limits_of
from market.services.authorize import require_free_name, require_own_chunk, require_owner
from market.services.platform import Platform

LIFETIME_SECONDS = 900


def address_to_store(
    platform: Platform, user: User, key: str, *, sha256: str, size_bytes: int, now: int
) -> str:
    """Where these very bytes may be PUT for a quarter of an hour; empty if they are stored already.

    Raises:
        Refused: the key is malformed; `storage-full`; `version-dropped`: it is of a version whose
            ciphertext was deleted.
        NotPermitted: the user is not an owner, or the key is another owner's.
        Conflict: another owner has published under this name, or the key holds other bytes.
        Unavailable: `upload-dropping`: what was sent before is being deleted.
    """
    require_owner(user, "upload")
    dataset = require_own_chunk(user, key)
    require_free_name(platform, user, dataset)
    head = platform.objects.head(key)
    if head is None:
        platform.uploads.announce(
            Upload(user.user, user.organisation, dataset, version_of(key)),
            StoredChunk(key, size_bytes),
            most_bytes=limits_of(platform, user.organisation).storage_bytes,
            now=now,
        )
        return platform.objects.upload_url(
            key,
            sha256=sha256,
            size_bytes=size_bytes,
            lifetime_seconds=LIFETIME_SECONDS,
            now=now,
        )
    if (head.sha256, head.size_bytes) != (sha256, size_bytes):
        raise Conflict(
            "object-exists",
            f"Object {key} holds other bytes already.",
            "Publish the next version: stored ciphertext is never replaced.",
        )
    return ""
