"""Ciphertext that several versions name: stored once, counted once, kept while one of them is.

A version that only appends rows names chunks of the version before it again. So a chunk is named
by versions that follow each other without a gap, from the one that sent it (its key says which) on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from market.records.manifest import Chunk, Manifest, version_of


def chunks_of(manifest: Manifest) -> list[Chunk]:
    """All that it names, column by column."""
    return [chunk for column in manifest.columns for chunk in column.chunks]


def new_chunks(manifest: Manifest) -> list[Chunk]:
    """Those that are sent with it."""
    return [chunk for chunk in chunks_of(manifest) if version_of(chunk.key) == manifest.version]


def chunks_named_again(manifest: Manifest) -> list[Chunk]:
    """Those that an earlier version has sent."""
    return [chunk for chunk in chunks_of(manifest) if version_of(chunk.key) != manifest.version]


def chunks_of_it_alone(manifest: Manifest, others: Iterable[Manifest]) -> list[Chunk]:
    """What of a version none of the others names."""
    named = {chunk.key for chunk in chain.from_iterable(map(chunks_of, others))}
    return [chunk for chunk in chunks_of(manifest) if chunk.key not in named]


def counted_bytes(manifests: Iterable[Manifest]) -> Mapping[int, int]:
    """Of a dataset's stored versions, the bytes of each; a chunk counts for the newest that names
    it. So whoever deletes versions from the oldest on frees what each of them counts."""
    counted: dict[int, int] = {}
    seen: set[str] = set()
    for manifest in sorted(manifests, key=lambda one: one.version, reverse=True):
        more = {one.key: one.size_bytes for one in chunks_of(manifest) if one.key not in seen}
        counted[manifest.version] = sum(more.values())
        seen.update(more)
    return counted
