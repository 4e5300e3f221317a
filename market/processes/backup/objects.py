"""What a restored platform's catalogue names and its store does not hold."""

from __future__ import annotations

from collections.abc import Iterator

from market.ports.object_store import ObjectStore
from market.records.manifest import Chunk, Manifest
from market.services.platform import Platform


def missing_objects(platform: Platform) -> Iterator[str]:
    """Keys of chunks, of every version whose ciphertext was not deleted, that are not there, or are
    of another size or check sum. Nothing is read but what the store knows of an object.

    Raises:
        Unavailable: database or store do not serve.
    """
    for manifest in _manifests(platform):
        for column in manifest.columns:
            for chunk in column.chunks:
                if not _is_there(platform.objects, chunk):
                    yield chunk.key


def _manifests(platform: Platform) -> Iterator[Manifest]:
    for user in platform.people.users():
        for newest in platform.catalogue.of_owner(user.user):
            for version in range(1, newest.manifest.record.version + 1):
                found = platform.catalogue.version(newest.dataset, version)
                if found.is_stored:
                    yield found.manifest.record


def _is_there(objects: ObjectStore, chunk: Chunk) -> bool:
    head = objects.head(chunk.key)
    return head is not None and (head.size_bytes, head.sha256) == (chunk.size_bytes, chunk.sha256)
