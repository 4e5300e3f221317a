"""Which versions name the same chunks, in SQL: what each of them counts, and what goes with one.

Whoever changes it has the lock of the dataset's row: a publication, and the end of a deletion.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from market.database.catalogue.documents import manifest_of
from market.database.catalogue.tables import DATASET, DATASET_VERSION
from market.policy.listing.counted_chunks import (
    chunks_named_again,
    chunks_of_it_alone,
    counted_bytes,
)
from market.records.manifest import Chunk, Manifest

_IS_KEPT: Final = DATASET_VERSION.c.dropping_at.is_(None)
_IS_THERE: Final = DATASET_VERSION.c.dropped_at.is_(None)


def count_published(connection: Connection, manifest: Manifest) -> None:
    """What a new version names again counts for it, no more for the one before it."""
    again = sum(chunk.size_bytes for chunk in chunks_named_again(manifest))
    if again:
        before = _is(manifest.dataset, manifest.version - 1)
        less = DATASET_VERSION.c.counted_bytes - again
        connection.execute(update(DATASET_VERSION).where(before).values(counted_bytes=less))


def count_dropped(connection: Connection, dataset: str, version: int) -> None:
    """A version was deleted: it counts what that has freed, the others what they have of the
    rest."""
    gone = _manifests(connection, _is(dataset, version))[0]
    there = _manifests(connection, and_(DATASET_VERSION.c.dataset == dataset, _IS_THERE))
    freed = sum(chunk.size_bytes for chunk in chunks_of_it_alone(gone, there))
    for number, size in {**counted_bytes(there), version: freed}.items():
        counts = update(DATASET_VERSION).where(_is(dataset, number)).values(counted_bytes=size)
        connection.execute(counts)


def chunks_to_drop(connection: Connection, dataset: str, version: int) -> Sequence[Chunk]:
    """What of a version no version that stays names."""
    column = DATASET_VERSION.c.version
    staying = select(column).where(DATASET_VERSION.c.dataset == dataset, _IS_KEPT)
    # Those that name a chunk follow each other: what further ones name of it, the nearest do.
    nearest = or_(
        column
        == staying.with_only_columns(func.max(column)).where(column < version).scalar_subquery(),
        column
        == staying.with_only_columns(func.min(column)).where(column > version).scalar_subquery(),
    )
    others = _manifests(connection, and_(DATASET_VERSION.c.dataset == dataset, nearest))
    return chunks_of_it_alone(_manifests(connection, _is(dataset, version))[0], others)


def lock(connection: Connection, dataset: str) -> None:
    """The dataset's row, which the owner's word and next version need too."""
    mine = select(DATASET.c.dataset).where(DATASET.c.dataset == dataset)
    connection.execute(mine.with_for_update())


def _manifests(connection: Connection, condition: ColumnElement[bool]) -> list[Manifest]:
    found = connection.execute(select(DATASET_VERSION.c.manifest).where(condition)).scalars()
    return [manifest_of(text).record for text in found]


def _is(dataset: str, version: int) -> ColumnElement[bool]:
    return and_(DATASET_VERSION.c.dataset == dataset, DATASET_VERSION.c.version == version)
