"""Versions on their way to the store, in SQL.

Of an upload's row its owner and whoever deletes it have one lock: either the next chunk comes
first, and it is not due any more, or the chunk is told to come again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from market.database.catalogue.errors import drop_begun, upload_dropping, version_needed
from market.database.catalogue.tables import DATASET, DATASET_VERSION, UPLOAD, UPLOAD_CHUNK
from market.database.engine import Database, insert_new
from market.database.people.tables import ORGANISATION, PERSON
from market.entities.retention import Expendable, StoredChunk, Upload
from market.policy.listing.retention import version_dropped
from market.policy.operation.limits import refuse_more_storage

_OF_UPLOAD: Final = and_(
    UPLOAD_CHUNK.c.owner == UPLOAD.c.owner,
    UPLOAD_CHUNK.c.dataset == UPLOAD.c.dataset,
    UPLOAD_CHUNK.c.version == UPLOAD.c.version,
)
# A chunk announced while its version was being published leaves a row that stands for nothing.
_IS_UNPUBLISHED: Final = ~(
    select(DATASET.c.dataset)
    .where(
        DATASET.c.dataset == UPLOAD.c.dataset,
        DATASET.c.owner == UPLOAD.c.owner,
        DATASET.c.newest_version >= UPLOAD.c.version,
    )
    .correlate(UPLOAD)
    .exists()
)
_SIZE: Final = func.coalesce(func.sum(UPLOAD_CHUNK.c.size_bytes), 0)


@dataclass(frozen=True, slots=True)
class SqlUploads:
    """market.ports.uploads.Uploads over a database."""

    database: Database

    def announce(self, upload: Upload, chunk: StoredChunk, *, most_bytes: int, now: int) -> None:
        """See the port; raises Refused, Unavailable."""

        def step(connection: Connection) -> None:
            if _is_published(connection, upload):
                return
            # One chunk at a time of each organisation: what is counted stays so until it is there.
            one = select(ORGANISATION).where(ORGANISATION.c.organisation == upload.organisation)
            connection.execute(one.with_for_update(key_share=True))
            _refuse_beyond(connection, upload, chunk, most_bytes)
            insert_new(connection, UPLOAD, **_names(upload), sent_at=now)
            _touch(connection, upload, now)
            mine = UPLOAD_CHUNK.c.key == chunk.key
            connection.execute(delete(UPLOAD_CHUNK).where(mine))
            row = {"key": chunk.key, "size_bytes": chunk.size_bytes, **_names(upload)}
            connection.execute(insert(UPLOAD_CHUNK).values(row))

        self.database.run(step)

    def go_on(self, upload: Upload, *, now: int) -> int:
        """See the port; raises Unavailable."""

        def step(connection: Connection) -> int:
            _touch(connection, upload, now)
            announced = select(_SIZE).where(_chunks_of(upload))
            return int(connection.execute(announced).scalar_one())

        return self.database.run(step)

    def announced_bytes(self, organisation: str) -> int:
        """See the port."""
        with self.database.reading() as connection:
            return _announced(connection, organisation)

    def announced_of(self, owner: str, dataset: str) -> int:
        """See the port."""
        mine = (UPLOAD.c.owner == owner, UPLOAD.c.dataset == dataset)
        size = select(_SIZE).join(UPLOAD, _OF_UPLOAD).where(*mine, _IS_UNPUBLISHED)
        with self.database.reading() as connection:
            return int(connection.execute(size).scalar_one())

    def due(self, *, since: int) -> list[Expendable]:
        """See the port."""
        return self._uploads(and_(UPLOAD.c.dropping_at.is_(None), UPLOAD.c.sent_at <= since))

    def begin(self, one: Expendable, *, since: int, now: int) -> None:
        """See the port; raises Conflict."""

        def step(connection: Connection) -> None:
            row = connection.execute(
                select(UPLOAD).where(_is(one), _IS_UNPUBLISHED).with_for_update()
            ).one_or_none()
            if row is not None and row.dropping_at is not None:
                raise drop_begun(one)
            if row is None or row.sent_at > since:
                raise version_needed(one)
            connection.execute(update(UPLOAD).where(_is(one)).values(dropping_at=now))

        self.database.run(step)

    def begun(self) -> Expendable | None:
        """See the port."""
        return next(iter(self._uploads(UPLOAD.c.dropping_at.is_not(None))), None)

    def chunks(self, one: Expendable) -> list[StoredChunk]:
        """See the port."""
        found = select(UPLOAD_CHUNK).where(_chunks_of(one)).order_by(UPLOAD_CHUNK.c.key)
        with self.database.reading() as connection:
            rows = connection.execute(found)
            return [StoredChunk(row.key, int(row.size_bytes)) for row in rows]

    def finish(self, one: Expendable, *, now: int) -> None:
        """See the port."""
        del now
        self.database.run(lambda connection: forget(connection, one))

    def _uploads(self, condition: ColumnElement[bool]) -> list[Expendable]:
        found = (
            select(UPLOAD, _SIZE.label("size"))
            .outerjoin(UPLOAD_CHUNK, _OF_UPLOAD)
            .where(condition, _IS_UNPUBLISHED)
            .group_by(*UPLOAD.c)
            .order_by(UPLOAD.c.dataset, UPLOAD.c.version, UPLOAD.c.owner)
        )
        with self.database.reading() as connection:
            rows = connection.execute(found)
            return [
                Expendable(
                    row.owner, row.dataset, row.version, int(row.size), "unpublished", row.sent_at
                )
                for row in rows
            ]


def settle(connection: Connection, owner: str, dataset: str, version: int) -> None:
    """A version is published, in the same transaction: it is an upload no more.

    Raises:
        Unavailable: `upload-dropping`.
    """
    mine = and_(UPLOAD.c.owner == owner, UPLOAD.c.dataset == dataset, UPLOAD.c.version <= version)
    locked = select(UPLOAD).where(mine).with_for_update()
    for row in connection.execute(locked).all():
        one = Upload(owner, "", dataset, row.version)
        if row.version == version and row.dropping_at is not None:
            raise upload_dropping(one)
        forget(connection, one)


def forget(connection: Connection, one: Upload | Expendable) -> None:
    """Nothing of an upload is written down any more."""
    connection.execute(delete(UPLOAD_CHUNK).where(_chunks_of(one)))
    connection.execute(delete(UPLOAD).where(_is(one)))


def _refuse_beyond(
    connection: Connection, upload: Upload, chunk: StoredChunk, most_bytes: int
) -> None:
    before = select(UPLOAD_CHUNK.c.size_bytes).where(UPLOAD_CHUNK.c.key == chunk.key)
    more = chunk.size_bytes - (connection.execute(before).scalar_one_or_none() or 0)
    if more > 0:
        organisation = upload.organisation
        taken = _published(connection, organisation) + _announced(connection, organisation)
        refuse_more_storage(organisation, most_bytes, taken=taken, more=more)


def _published(connection: Connection, organisation: str) -> int:
    size = (
        select(func.coalesce(func.sum(DATASET_VERSION.c.counted_bytes), 0))
        .join(DATASET, DATASET.c.dataset == DATASET_VERSION.c.dataset)
        .join(PERSON, PERSON.c.user_id == DATASET.c.owner)
        .where(PERSON.c.organisation == organisation, DATASET_VERSION.c.dropped_at.is_(None))
    )
    return int(connection.execute(size).scalar_one())


def _announced(connection: Connection, organisation: str) -> int:
    size = (
        select(_SIZE)
        .join(UPLOAD, _OF_UPLOAD)
        .join(PERSON, PERSON.c.user_id == UPLOAD.c.owner)
        .where(PERSON.c.organisation == organisation, _IS_UNPUBLISHED)
    )
    return int(connection.execute(size).scalar_one())


def _is_published(connection: Connection, upload: Upload) -> bool:
    """Whether it is (raises Refused, `version-dropped`)."""
    found = (
        select(DATASET_VERSION.c.dropping_at)
        .join(DATASET, DATASET.c.dataset == DATASET_VERSION.c.dataset)
        .where(
            DATASET.c.owner == upload.owner,
            DATASET_VERSION.c.dataset == upload.dataset,
            DATASET_VERSION.c.version == upload.version,
        )
    )
    row = connection.execute(found).one_or_none()
    if row is not None and row.dropping_at is not None:
        raise version_dropped(upload.dataset, upload.version).error()
    return row is not None


def _touch(connection: Connection, upload: Upload, now: int) -> None:
    mine = connection.execute(select(UPLOAD).where(_is(upload)).with_for_update()).one_or_none()
    if mine is not None and mine.dropping_at is not None:
        raise upload_dropping(upload)
    connection.execute(update(UPLOAD).where(_is(upload)).values(sent_at=now))


def _names(one: Upload | Expendable) -> dict[str, Any]:
    return {"owner": one.owner, "dataset": one.dataset, "version": one.version}


def _is(one: Upload | Expendable) -> ColumnElement[bool]:
    return and_(*(UPLOAD.c[name] == value for name, value in _names(one).items()))


def _chunks_of(one: Upload | Expendable) -> ColumnElement[bool]:
    return and_(*(UPLOAD_CHUNK.c[name] == value for name, value in _names(one).items()))
