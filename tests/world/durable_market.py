"""A market over SQLite and files: a directory that can be copied and opened again.

home/portal.db, home/objects/
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market.adapters.stores.local import LocalStore
from market.database.engine import Database, open_database
from world.market import Market
from world.platform_database import made_database, sqlite_url
from world.ports import ports_in
from world.stages import Programs


def make_home(home: Path) -> None:
    """An empty platform with its people."""
    made_database(sqlite_url(home)).database.close()
    with durable_market(home, with_people=True):
        pass


@contextmanager
def durable_market(
    home: Path, programs: Programs | None = None, *, with_people: bool = False
) -> Iterator[Market]:
    """A market over what the directory holds; `programs` are known to buyers, not stored."""
    database = open_database(sqlite_url(home))
    yield market_over(database, home, programs, with_people=with_people)
    database.close()


def market_over(
    database: Database, home: Path, programs: Programs | None = None, *, with_people: bool = False
) -> Market:
    return Market(
        ports_in(database),
        objects=LocalStore(home / "objects"),
        programs=programs,
        with_people=with_people,
    )
