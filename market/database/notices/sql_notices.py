"""Addresses and notices in SQL: what is noted once is told once, whichever portal notes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from market.database.engine import Database
from market.database.notices.tables import NOTICE, NOTICE_ADDRESS
from market.entities.notices import Channel, Notice, NoticeAddress


@dataclass(frozen=True, slots=True)
class SqlNotices:
    """market.ports.notices.Notices over a database."""

    database: Database

    def addresses(self, user: str) -> list[NoticeAddress]:
        """See the port."""
        found = select(NOTICE_ADDRESS).where(NOTICE_ADDRESS.c.user_id == user)
        with self.database.reading() as connection:
            rows = connection.execute(found.order_by(NOTICE_ADDRESS.c.channel)).all()
        return [_address(row) for row in rows]

    def put_address(self, address: NoticeAddress) -> None:
        """See the port."""

        def step(connection: Connection) -> None:
            _remove(connection, address.user, address.channel)
            connection.execute(
                insert(NOTICE_ADDRESS).values(
                    user_id=address.user,
                    channel=address.channel,
                    address=address.address,
                    secret_hash=address.secret_hash,
                    made_at=address.made_at,
                    failure=address.failure,
                )
            )

        self.database.run(step)

    def confirm(self, user: str, secret_hash: str) -> bool:
        """See the port."""
        waiting = and_(
            NOTICE_ADDRESS.c.user_id == user,
            NOTICE_ADDRESS.c.secret_hash == secret_hash,
            NOTICE_ADDRESS.c.secret_hash != "",
        )
        change = update(NOTICE_ADDRESS).where(waiting).values(secret_hash="")
        return self.database.run(lambda connection: connection.execute(change).rowcount == 1)

    def remove_address(self, user: str, channel: Channel) -> None:
        """See the port."""
        self.database.run(lambda connection: _remove(connection, user, channel))

    def note_failure(self, user: str, channel: Channel, code: str) -> None:
        """See the port."""
        change = update(NOTICE_ADDRESS).where(_at(user, channel)).values(failure=code)
        self.database.run(lambda connection: connection.execute(change))

    def told_users(self, after: str, limit: int) -> list[str]:
        """See the port."""
        of = NOTICE_ADDRESS.c.user_id
        found = select(of).where(NOTICE_ADDRESS.c.secret_hash == "", of > after)
        with self.database.reading() as connection:
            users = connection.execute(found.distinct().order_by(of).limit(limit)).scalars()
            return [str(user) for user in users]

    def add(self, notices: Sequence[Notice]) -> None:
        """See the port."""
        for notice in notices:
            try:
                self.database.run(partial(_add, notice=notice))
            except IntegrityError:
                # Noted meanwhile by another portal.
                continue

    def due(self, *, now: int, limit: int) -> list[Notice]:
        """See the port."""
        joined = and_(
            NOTICE_ADDRESS.c.user_id == NOTICE.c.user_id,
            NOTICE_ADDRESS.c.channel == NOTICE.c.channel,
            NOTICE_ADDRESS.c.secret_hash == "",
        )
        found = (
            select(NOTICE)
            .join(NOTICE_ADDRESS, joined)
            .where(NOTICE.c.next_try_at <= now)
            .order_by(NOTICE.c.next_try_at, NOTICE.c.notice_id)
            .limit(limit)
        )
        with self.database.reading() as connection:
            return [_notice(row) for row in connection.execute(found)]

    def try_again(self, notices: Sequence[str], *, at: int) -> None:
        """See the port."""
        change = update(NOTICE).where(NOTICE.c.notice_id.in_(notices))
        values = change.values(tries=NOTICE.c.tries + 1, next_try_at=at)
        self.database.run(lambda connection: connection.execute(values))

    def end(self, notices: Sequence[str]) -> None:
        """See the port."""
        change = update(NOTICE).where(NOTICE.c.notice_id.in_(notices)).values(next_try_at=None)
        self.database.run(lambda connection: connection.execute(change))

    def forget_before(self, made_before: int) -> None:
        """See the port."""
        ended = and_(NOTICE.c.next_try_at.is_(None), NOTICE.c.made_at < made_before)
        self.database.run(lambda connection: connection.execute(delete(NOTICE).where(ended)))


def _add(connection: Connection, notice: Notice) -> None:
    known = select(NOTICE.c.notice_id).where(
        NOTICE.c.user_id == notice.user,
        NOTICE.c.channel == notice.channel,
        NOTICE.c.kind == notice.kind,
        NOTICE.c.subject == notice.subject,
        NOTICE.c.since == notice.since,
    )
    if connection.execute(known).first() is not None:
        return
    connection.execute(
        insert(NOTICE).values(
            notice_id=notice.notice,
            user_id=notice.user,
            channel=notice.channel,
            kind=notice.kind,
            subject=notice.subject,
            since=notice.since,
            text=notice.text,
            path=notice.path,
            made_at=notice.made_at,
            tries=notice.tries,
            next_try_at=notice.next_try_at,
        )
    )


def remove_notices(connection: Connection, user: str) -> None:
    """Whoever was removed is told nothing more, and no address of theirs is kept."""
    connection.execute(delete(NOTICE).where(NOTICE.c.user_id == user))
    connection.execute(delete(NOTICE_ADDRESS).where(NOTICE_ADDRESS.c.user_id == user))


def _remove(connection: Connection, user: str, channel: Channel) -> None:
    to_tell = and_(
        NOTICE.c.user_id == user,
        NOTICE.c.channel == channel,
        NOTICE.c.next_try_at.is_not(None),
    )
    connection.execute(delete(NOTICE).where(to_tell))
    connection.execute(delete(NOTICE_ADDRESS).where(_at(user, channel)))


def _at(user: str, channel: Channel) -> ColumnElement[bool]:
    return and_(NOTICE_ADDRESS.c.user_id == user, NOTICE_ADDRESS.c.channel == channel)


def _address(row: Row[Any]) -> NoticeAddress:
    return NoticeAddress(
        row.user_id, row.channel, row.address, row.secret_hash, row.made_at, row.failure
    )


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        notice=row.notice_id,
        user=row.user_id,
        channel=row.channel,
        kind=row.kind,
        subject=row.subject,
        since=row.since,
        text=row.text,
        path=row.path,
        made_at=row.made_at,
        tries=row.tries,
        next_try_at=row.next_try_at,
    )
