"""Which versions' chunks are stored for nobody, in SQL.

Of a dataset's row whoever begins a deletion has the lock that the owner's word needs too
(sql_catalogue): either the word comes first and is heeded, or it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, update
from sqlalchemy.engine import Row

from market.database.catalogue.documents import standing_of
from market.database.catalogue.errors import drop_begun, version_needed
from market.database.catalogue.shared_chunks import chunks_to_drop, count_dropped, lock
from market.database.catalogue.tables import DATASET, DATASET_STANDING, DATASET_VERSION
from market.database.engine import Database
from market.entities.retention import Expendable, Freed, StoredChunk, VersionKept, Why
from market.policy.listing.retention import needless_since
from market.records.signed import Signed
from market.records.version_drop import VersionDrop

_NEXT: Final = DATASET_VERSION.alias("next_version")
_WORD: Final = DATASET_STANDING.alias("newest_word")
_NEWEST_NUMBER: Final = (
    select(func.max(DATASET_STANDING.c.number))
    .where(DATASET_STANDING.c.dataset == DATASET.c.dataset)
    .correlate(DATASET)
    .scalar_subquery()
)
_IS_KEPT: Final = DATASET_VERSION.c.dropping_at.is_(None)
_IS_BEGUN: Final = and_(
    DATASET_VERSION.c.dropping_at.is_not(None), DATASET_VERSION.c.dropped_at.is_(None)
)
_MAY_BE_NEEDLESS: Final = or_(
    DATASET.c.standing == "withdrawn", DATASET_VERSION.c.version < DATASET.c.newest_version
)


@dataclass(frozen=True, slots=True)
class SqlRetention:
    """market.ports.retention.Retention over a database."""

    database: Database

    def due(self, *, since: int) -> list[Expendable]:
        """See the port."""
        with self.database.reading() as connection:
            rows = connection.execute(_versions(and_(_IS_KEPT, _MAY_BE_NEEDLESS)))
            return [one for row in rows if (one := _due(row, since))]

    def begin(self, one: Expendable, *, since: int, now: int) -> None:
        """See the port; raises Conflict."""

        def step(connection: Connection) -> None:
            lock(connection, one.dataset)
            row = connection.execute(_versions(_is(one))).one()
            if row.dropping_at is not None:
                raise drop_begun(one)
            if _due(row, since) is None:
                raise version_needed(one)
            begun = update(DATASET_VERSION).where(_is(one)).values(dropping_at=now)
            connection.execute(begun)

        self.database.run(step)

    def drop(self, word: Signed[VersionDrop], *, now: int) -> None:
        """See the port; raises Conflict."""
        record, document = word.record, word.encode().decode()

        def step(connection: Connection) -> None:
            lock(connection, record.dataset)
            its = and_(
                DATASET_VERSION.c.dataset == record.dataset,
                DATASET_VERSION.c.version == record.version,
            )
            row = connection.execute(_versions(its)).one()
            needless = _needless(row)
            if row.dropping_at is None and needless is None:
                raise version_needed(_expendable(row, "dropped by its owner", now))
            begun = {} if row.dropping_at is not None else {"dropping_at": now}
            kept = {} if row.drop_word is not None else {"drop_word": document}
            if begun or kept:
                connection.execute(update(DATASET_VERSION).where(its).values(begun | kept))

        self.database.run(step)

    def begun(self) -> Expendable | None:
        """See the port."""
        with self.database.reading() as connection:
            row = connection.execute(_versions(_IS_BEGUN).limit(1)).one_or_none()
        if row is None:
            return None
        if row.drop_word is not None:
            return _expendable(row, "dropped by its owner", row.dropping_at)
        # A word that came later, a pause, may name it among those that are to be answered.
        return _expendable(row, *(_needless(row) or ("superseded", row.dropping_at)))

    def chunks(self, one: Expendable) -> list[StoredChunk]:
        """See the port."""
        with self.database.reading() as connection:
            chunks = chunks_to_drop(connection, one.dataset, one.version)
        return [StoredChunk(chunk.key, chunk.size_bytes) for chunk in chunks]

    def finish(self, one: Expendable, *, now: int) -> None:
        """See the port."""

        def step(connection: Connection) -> None:
            lock(connection, one.dataset)
            ended = update(DATASET_VERSION).where(_is(one), _IS_BEGUN).values(dropped_at=now)
            if connection.execute(ended).rowcount:
                count_dropped(connection, one.dataset, one.version)

        self.database.run(step)

    def of_dataset(self, dataset: str) -> list[VersionKept]:
        """See the port."""
        found = _versions(DATASET_VERSION.c.dataset == dataset)
        with self.database.reading() as connection:
            kept = [_kept(row) for row in connection.execute(found)]
        return kept[::-1]

    def freed(self, *, since: int) -> Freed:
        """See the port."""
        total = select(
            func.count().label("versions"),
            func.coalesce(func.sum(DATASET_VERSION.c.counted_bytes), 0).label("size"),
        ).where(DATASET_VERSION.c.dropped_at >= since)
        with self.database.reading() as connection:
            row = connection.execute(total).one()
        return Freed(row.versions, int(row.size))


def _versions(condition: ColumnElement[bool]) -> Select[Any]:
    """Versions with what decides how long they stay, by dataset, then version."""
    follows = and_(
        _NEXT.c.dataset == DATASET_VERSION.c.dataset,
        _NEXT.c.version == DATASET_VERSION.c.version + 1,
    )
    newest_word = and_(_WORD.c.dataset == DATASET.c.dataset, _WORD.c.number == _NEWEST_NUMBER)
    return (
        select(
            DATASET.c.owner,
            DATASET_VERSION.c.dataset,
            DATASET_VERSION.c.version,
            DATASET_VERSION.c.published_at,
            DATASET_VERSION.c.stored_bytes,
            DATASET_VERSION.c.counted_bytes,
            DATASET_VERSION.c.drop_word,
            DATASET_VERSION.c.dropping_at,
            DATASET_VERSION.c.dropped_at,
            _NEXT.c.published_at.label("superseded_at"),
            _WORD.c.document.label("word"),
            _WORD.c.received_at.label("said_at"),
        )
        .join(DATASET, DATASET.c.dataset == DATASET_VERSION.c.dataset)
        .outerjoin(_NEXT, follows)
        .outerjoin(_WORD, newest_word)
        .where(condition)
        .order_by(DATASET_VERSION.c.dataset, DATASET_VERSION.c.version)
    )


def _is(one: Expendable) -> ColumnElement[bool]:
    return and_(DATASET_VERSION.c.dataset == one.dataset, DATASET_VERSION.c.version == one.version)


def _needless(row: Row[Any]) -> tuple[Why, int] | None:
    return needless_since(
        row.version,
        superseded_at=row.superseded_at,
        standing=None if row.word is None else standing_of(row.word).record,
        said_at=row.said_at,
    )


def _due(row: Row[Any], since: int) -> Expendable | None:
    needless = _needless(row)
    if needless is None or needless[1] > since:
        return None
    return _expendable(row, *needless)


def _expendable(row: Row[Any], why: Why, since: int) -> Expendable:
    return Expendable(row.owner, row.dataset, row.version, int(row.counted_bytes), why, since)


def _kept(row: Row[Any]) -> VersionKept:
    needless = _needless(row)
    return VersionKept(
        row.version,
        row.published_at,
        int(row.stored_bytes),
        None if needless is None else needless[1],
        row.dropping_at,
        row.dropped_at,
    )
