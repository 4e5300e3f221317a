"""Marks in inboxes, in SQL: a row each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, select

from market.database.engine import Database, insert_new
from market.database.inbox_marks.tables import INBOX_MARK
from market.entities.inbox import InboxMark, InboxPlace


@dataclass(frozen=True, slots=True)
class SqlInboxMarks:
    """market.ports.inbox_marks.InboxMarks over a database."""

    database: Database

    def of_user(self, user: str) -> list[InboxMark]:
        """See the port."""
        with self.database.reading() as connection:
            return _marks(connection, user)

    def put(self, mark: InboxMark, *, most: int) -> None:
        """See the port."""

        def step(connection: Connection) -> None:
            insert_new(
                connection,
                INBOX_MARK,
                user_id=mark.user,
                kind=mark.place.kind,
                about=mark.place.about,
                since=mark.place.since,
                marked_at=mark.marked_at,
            )
            for dropped in _marks(connection, mark.user)[most:]:
                connection.execute(delete(INBOX_MARK).where(_at(mark.user, dropped.place)))

        self.database.run(step)

    def remove(self, user: str, place: InboxPlace) -> None:
        """See the port."""
        gone = delete(INBOX_MARK).where(_at(user, place))
        self.database.run(lambda connection: connection.execute(gone))


def remove_marks(connection: Connection, user: str) -> None:
    """Forget what a user has marked: they are removed."""
    connection.execute(delete(INBOX_MARK).where(INBOX_MARK.c.user_id == user))


def _marks(connection: Connection, user: str) -> list[InboxMark]:
    table = INBOX_MARK.c
    found = select(INBOX_MARK).where(table.user_id == user)
    order = (table.marked_at.desc(), table.since.desc(), table.kind.desc(), table.about.desc())
    return [_mark(row) for row in connection.execute(found.order_by(*order))]


def _at(user: str, place: InboxPlace) -> ColumnElement[bool]:
    return and_(
        INBOX_MARK.c.user_id == user,
        INBOX_MARK.c.kind == place.kind,
        INBOX_MARK.c.about == place.about,
        INBOX_MARK.c.since == place.since,
    )


def _mark(row: Row[Any]) -> InboxMark:
    return InboxMark(
        row.user_id, InboxPlace(int(row.since), row.kind, row.about), int(row.marked_at)
    )
