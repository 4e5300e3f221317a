"""A test that fails keeps no connection of its database for the tests after it."""

from __future__ import annotations

from pathlib import Path

from left_open import close_left_open
from sqlalchemy import QueuePool, text
from world.platform_database import made_database, sqlite_url

from market.database.platform import PlatformDatabase


def kept(opened: PlatformDatabase) -> int:
    """Connections that its pool keeps open."""
    pool = opened.database.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedin()


def test_connections_of_a_failed_test_are_closed(tmp_path: Path) -> None:
    opened_by_it = list[PlatformDatabase]()

    def fails() -> None:
        opened = made_database(sqlite_url(tmp_path))
        opened_by_it.append(opened)
        with opened.database.reading() as connection:
            connection.execute(text("SELECT 1"))
        assert kept(opened) == 0

    try:
        fails()
    except AssertionError as error:
        (opened,) = opened_by_it
        assert kept(opened) == 1
        close_left_open(error.__traceback__)
        assert kept(opened) == 0
        assert opened.people.users() == []
        opened.database.close()
    else:
        raise AssertionError("it was to fail")
