"""Sessions and API tokens in SQL: 256 random bits each, kept as SHA-256.

A plain hash is enough for what nobody can guess. Last use is written to the minute, so that
reading a page seldom writes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from market.database.people.errors import (
    SESSION_IDLE_SECONDS,
    SESSION_LONGEST_SECONDS,
    TOKEN_PREFIX,
)
from market.database.people.links import LinksOfPeople
from market.database.people.rows import find_user
from market.database.people.tables import API_TOKEN, ONE_TIME_LINK, WEB_SESSION
from market.entities.overview import AgentSeen
from market.entities.people import NewToken, Token, User, WebSession
from market.ports.people import SESSION_ID_CHARACTERS, hash_of, session_id_of

_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class SecretsOfPeople(LinksOfPeople):
    """The part of market.ports.people.People that deals in secrets."""

    def open_session(self, user: str, *, now: int, client: str = "") -> str:
        """See the port; raises NotFound."""
        return self.database.run(
            lambda connection: open_session(connection, user, now=now, client=client)
        )

    def session_user(self, session: str, *, now: int) -> User | None:
        """See the port."""
        session_hash = hash_of(session)
        with self.database.reading() as connection:
            found = _live_session(connection, session_hash, now=now)
        if found is None:
            return None
        seen_at, user = found
        if now >= seen_at + _MINUTE:
            mine = WEB_SESSION.c.session_hash == session_hash
            seen = update(WEB_SESSION).where(mine, WEB_SESSION.c.seen_at < now).values(seen_at=now)
            self.database.run(lambda connection: connection.execute(seen))
        return user

    def hashed_session_user(self, session_hash: str, *, now: int) -> User | None:
        """See the port."""
        with self.database.reading() as connection:
            found = _live_session(connection, session_hash, now=now)
        return found[1] if found else None

    def close_session(self, session: str) -> None:
        """See the port."""
        gone = delete(WEB_SESSION).where(WEB_SESSION.c.session_hash == hash_of(session))
        self.database.run(lambda connection: connection.execute(gone))

    def sessions(self, user: str, *, now: int) -> list[WebSession]:
        """See the port."""
        mine = select(WEB_SESSION).where(
            WEB_SESSION.c.user_id == user,
            WEB_SESSION.c.seen_at > now - SESSION_IDLE_SECONDS,
            WEB_SESSION.c.opened_at > now - SESSION_LONGEST_SECONDS,
        )
        newest_first = mine.order_by(WEB_SESSION.c.opened_at.desc(), WEB_SESSION.c.session_hash)
        with self.database.reading() as connection:
            return [
                WebSession(session_id_of(row.session_hash), row.client, row.opened_at, row.seen_at)
                for row in connection.execute(newest_first)
            ]

    def end_session(self, user: str, session_id: str) -> None:
        """See the port."""
        called = func.substr(WEB_SESSION.c.session_hash, 1, SESSION_ID_CHARACTERS)
        gone = delete(WEB_SESSION).where(WEB_SESSION.c.user_id == user, called == session_id)
        self.database.run(lambda connection: connection.execute(gone))

    def issue_token(
        self, user: str, scopes: tuple[str, ...], label: str, *, now: int, lifetime_seconds: int
    ) -> str:
        """See the port; raises NotFound."""
        new = NewToken(secrets.token_hex(8), label, scopes, now + lifetime_seconds)
        return self.database.run(lambda connection: issue_token(connection, user, new, now=now))

    def token_user(self, token: str, *, now: int) -> tuple[User, tuple[str, ...]] | None:
        """See the port."""
        mine = API_TOKEN.c.token_hash == hash_of(token)
        with self.database.reading() as connection:
            row = connection.execute(
                select(API_TOKEN).where(mine, API_TOKEN.c.expires_at > now)
            ).one_or_none()
            if row is None:
                return None
            user = find_user(connection, row.user_id)
        if not user.is_active:
            return None
        if row.used_at is None or now >= row.used_at + _MINUTE:
            used = update(API_TOKEN).where(mine).values(used_at=now)
            self.database.run(lambda connection: connection.execute(used))
        return user, tuple(row.scopes.split())

    def token(self, secret: str) -> Token | None:
        """See the port."""
        mine = select(API_TOKEN).where(API_TOKEN.c.token_hash == hash_of(secret))
        with self.database.reading() as connection:
            row = connection.execute(mine).one_or_none()
            return _token(row) if row is not None else None

    def tokens(self, user: str) -> list[Token]:
        """See the port."""
        mine = select(API_TOKEN).where(API_TOKEN.c.user_id == user)
        with self.database.reading() as connection:
            rows = connection.execute(mine.order_by(API_TOKEN.c.created_at, API_TOKEN.c.token_id))
            return [_token(row) for row in rows]

    def agents_seen(self) -> list[AgentSeen]:
        """See the port."""
        seen_at = func.max(API_TOKEN.c.used_at).label("seen_at")
        of_agents = (
            select(API_TOKEN.c.user_id, seen_at)
            .where((" " + API_TOKEN.c.scopes + " ").contains(" agent "))
            .group_by(API_TOKEN.c.user_id)
            .order_by(API_TOKEN.c.user_id)
        )
        with self.database.reading() as connection:
            return [AgentSeen(row.user_id, row.seen_at) for row in connection.execute(of_agents)]

    def revoke_token(self, user: str, token_id: str) -> None:
        """See the port."""
        mine = delete(API_TOKEN).where(API_TOKEN.c.user_id == user)
        gone = mine.where(API_TOKEN.c.token_id == token_id)
        self.database.run(lambda connection: connection.execute(gone))


def open_session(connection: Connection, user: str, *, now: int, client: str) -> str:
    """A new session's secret id; sessions that have ended go."""
    find_user(connection, user)
    session = secrets.token_urlsafe(32)
    ended = WEB_SESSION.c.opened_at <= now - SESSION_LONGEST_SECONDS
    connection.execute(delete(WEB_SESSION).where(ended))
    connection.execute(
        insert(WEB_SESSION).values(
            session_hash=hash_of(session), user_id=user, client=client, opened_at=now, seen_at=now
        )
    )
    return session


def issue_token(connection: Connection, user: str, new: NewToken, *, now: int) -> str:
    """A new API token; those of the user that have ended go."""
    find_user(connection, user)
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    ended = delete(API_TOKEN).where(API_TOKEN.c.user_id == user)
    connection.execute(ended.where(API_TOKEN.c.expires_at <= now))
    connection.execute(
        insert(API_TOKEN).values(
            token_id=new.token_id,
            token_hash=hash_of(token),
            user_id=user,
            label=new.label,
            scopes=" ".join(new.scopes),
            created_at=now,
            expires_at=new.expires_at,
        )
    )
    return token


def end_access(connection: Connection, user: str) -> None:
    """End every session and API token of a user, and the link that would let them in."""
    connection.execute(delete(WEB_SESSION).where(WEB_SESSION.c.user_id == user))
    connection.execute(delete(API_TOKEN).where(API_TOKEN.c.user_id == user))
    connection.execute(delete(ONE_TIME_LINK).where(ONE_TIME_LINK.c.holder == user))


def _token(row: Row[Any]) -> Token:
    scopes = tuple(row.scopes.split())
    return Token(row.token_id, row.label, scopes, row.expires_at, row.created_at, row.used_at)


def _live_session(
    connection: Connection, session_hash: str, *, now: int
) -> tuple[int, User] | None:
    """When a live session was last seen, and its active user."""
    mine = select(WEB_SESSION).where(WEB_SESSION.c.session_hash == session_hash)
    row = connection.execute(mine).one_or_none()
    if (
        row is None
        or now >= row.seen_at + SESSION_IDLE_SECONDS
        or now >= row.opened_at + SESSION_LONGEST_SECONDS
    ):
        return None
    user = find_user(connection, row.user_id)
    return (row.seen_at, user) if user.is_active else None
