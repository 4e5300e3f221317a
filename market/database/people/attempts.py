"""Attempts at passwords in SQL: counted before the password is looked at, forgiven if it was right.

The counts of an attempt are held in the order of market.policy.operation.guessing.KINDS until the
transaction ends, so that many attempts at once do not slip through together, and no two wait for
each other.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from market.database.engine import insert_new
from market.database.people.errors import too_many_attempts
from market.database.people.tables import KNOWN_NETWORK, SIGN_IN_FAILURE
from market.policy.operation.guessing import (
    COUNTED_SECONDS,
    KNOWN_SECONDS,
    Failed,
    Kind,
    counted,
    seconds_left,
    subject,
    waited_for,
)
from market.ports.people import hash_of


def count_attempt(connection: Connection, user: str, network: str, *, now: int) -> None:
    """Count an attempt as failed, unless it has to wait (raises Refused)."""
    ended = SIGN_IN_FAILURE.c.since <= now - COUNTED_SECONDS
    connection.execute(delete(SIGN_IN_FAILURE).where(ended))
    waits = waited_for(network, is_known=_is_known(connection, user, network, now=now))
    for kind in counted(network):
        failed = _one_more(connection, kind, hash_of(subject(kind, user, network)), now)
        left = seconds_left(kind, failed, now=now) if failed else 0
        if left > 0 and kind in waits:
            raise too_many_attempts(left)


def forgive(connection: Connection, user: str, network: str, *, now: int) -> None:
    """Take back what failed under this name, here and elsewhere; from now on it is known here."""
    connection.execute(delete(SIGN_IN_FAILURE).where(_is_count("name", user, network)))
    if network:
        _forgive_network(connection, user, network)
        _know(connection, user, network, now=now)
    connection.execute(delete(SIGN_IN_FAILURE).where(_is_count("here", user, network)))


def _one_more(connection: Connection, kind: Kind, of_hash: str, now: int) -> Failed | None:
    """What had failed before this attempt, which is counted with it; None for nothing."""
    mine = and_(SIGN_IN_FAILURE.c.kind == kind, SIGN_IN_FAILURE.c.of_hash == of_hash)
    first = {"kind": kind, "of_hash": of_hash, "failures": 1, "since": now, "failed_at": now}
    while not insert_new(connection, SIGN_IN_FAILURE, **first):
        row = connection.execute(select(SIGN_IN_FAILURE).where(mine).with_for_update()).first()
        # Who signs in meanwhile takes the count away: then this attempt is the first again.
        if row is not None:
            more = {"failures": row.failures + 1, "failed_at": now}
            connection.execute(update(SIGN_IN_FAILURE).where(mine).values(more))
            return Failed(row.failures, row.since, row.failed_at)
    return None


def _forgive_network(connection: Connection, user: str, network: str) -> None:
    """Their own failures here count against the network no more; others' do."""
    all_here = _is_count("network", user, network)
    own = _is_count("here", user, network)
    of_all, of_own = (
        connection.execute(
            select(SIGN_IN_FAILURE.c.failures).where(count).with_for_update()
        ).scalar_one_or_none()
        for count in (all_here, own)
    )
    if of_all is not None and of_own is not None and of_all > of_own:
        fewer = update(SIGN_IN_FAILURE).where(all_here).values(failures=of_all - of_own)
        connection.execute(fewer)
    else:
        connection.execute(delete(SIGN_IN_FAILURE).where(all_here))


def _know(connection: Connection, user: str, network: str, *, now: int) -> None:
    forgotten = KNOWN_NETWORK.c.signed_in_at <= now - KNOWN_SECONDS
    connection.execute(delete(KNOWN_NETWORK).where(forgotten))
    here = hash_of(subject("here", user, network))
    if not insert_new(connection, KNOWN_NETWORK, of_hash=here, signed_in_at=now):
        mine = update(KNOWN_NETWORK).where(KNOWN_NETWORK.c.of_hash == here)
        connection.execute(mine.values(signed_in_at=now))


def _is_known(connection: Connection, user: str, network: str, *, now: int) -> bool:
    here = select(KNOWN_NETWORK.c.of_hash).where(
        KNOWN_NETWORK.c.of_hash == hash_of(subject("here", user, network)),
        KNOWN_NETWORK.c.signed_in_at > now - KNOWN_SECONDS,
    )
    return connection.execute(here).first() is not None


def _is_count(kind: Kind, user: str, network: str) -> ColumnElement[bool]:
    of_hash = hash_of(subject(kind, user, network))
    return and_(SIGN_IN_FAILURE.c.kind == kind, SIGN_IN_FAILURE.c.of_hash == of_hash)
