"""One-time links in SQL: 256 random bits, kept as SHA-256, one for each person at most.

A used, ended or replaced link leaves no row behind: it is found no faster and no slower than one
that was never made, by the same query.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, select, update

from market.database.engine import Database, insert_new
from market.database.people.errors import administrator_exists, user_kept_out
from market.database.people.rows import find_present_user, has_administrator
from market.database.people.tables import ONE_TIME_LINK
from market.entities.people import OneTimeLink
from market.ports.people import hash_of

FIRST: Final = ""
"""The holder of the link for the first administrator, who has no name yet."""


@dataclass(frozen=True, slots=True)
class LinksOfPeople:
    """The part of market.ports.people.People that deals in one-time links."""

    database: Database

    def make_link(self, user: str | None, *, now: int, lifetime_seconds: int) -> str:
        """See the port; raises Conflict, NotFound."""
        secret = secrets.token_urlsafe(32)
        holder = FIRST if user is None else user
        kept = {"secret_hash": hash_of(secret), "expires_at": now + lifetime_seconds}

        def step(connection: Connection) -> None:
            _require_use(connection, user)
            if not insert_new(connection, ONE_TIME_LINK, holder=holder, **kept):
                mine = ONE_TIME_LINK.c.holder == holder
                connection.execute(update(ONE_TIME_LINK).where(mine).values(**kept))

        self.database.run(step)
        return secret

    def find_link(self, secret: str, *, now: int) -> OneTimeLink | None:
        """See the port."""
        with self.database.reading() as connection:
            return live_link(connection, secret, now=now)

    def open_links(self, *, now: int) -> dict[str, int]:
        """See the port."""
        table = ONE_TIME_LINK.c
        found = select(table.holder, table.expires_at).where(
            table.holder != FIRST, table.expires_at > now
        )
        with self.database.reading() as connection:
            return {row.holder: int(row.expires_at) for row in connection.execute(found)}

    def use_setup_link(self, secret: str, *, now: int) -> bool:
        """See the port."""

        def step(connection: Connection) -> bool:
            found = live_link(connection, secret, now=now)
            return found == OneTimeLink(None) and use_up(connection, secret)

        return self.database.run(step)


def live_link(connection: Connection, secret: str, *, now: int) -> OneTimeLink | None:
    """The link with this secret, if it may be used at `now`."""
    mine = ONE_TIME_LINK.c.secret_hash == hash_of(secret), ONE_TIME_LINK.c.expires_at > now
    holder = connection.execute(select(ONE_TIME_LINK.c.holder).where(*mine)).scalar_one_or_none()
    if holder is None:
        return None
    if holder == FIRST:
        return None if has_administrator(connection) else OneTimeLink(None)
    return OneTimeLink(holder)


def use_up(connection: Connection, secret: str) -> bool:
    """Take the link with this secret away; whether it was still there."""
    mine = ONE_TIME_LINK.c.secret_hash == hash_of(secret)
    return connection.execute(delete(ONE_TIME_LINK).where(mine)).rowcount == 1


def _require_use(connection: Connection, user: str | None) -> None:
    """That a link would let somebody in (raises Conflict, NotFound)."""
    if user is None:
        if has_administrator(connection):
            raise administrator_exists()
    elif not find_present_user(connection, user).is_active:
        raise user_kept_out(user)
