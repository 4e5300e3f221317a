"""A market over SQLite and files: a directory that can be copied and opened again.

home/portal.db, home/objects/
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market.adapters.stores.local import LocalStore
from market.database.appointments.sql_appointments import SqlAppointments
from market.database.catalogue.sql_catalogue import SqlCatalogue
from market.database.engine import Database, open_database
from market.database.jobs.sql_jobs import SqlJobs
from market.database.ledger.sql_ledger import SqlLedger
from market.database.people.sql_people import SqlPeople
from market.database.receipts.sql_receipts import SqlReceipts
from world.market import Market
from world.platform_database import QUICK, made_database, sqlite_url
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
        with_people=with_people,
        people=SqlPeople(database, QUICK),
        appointments=SqlAppointments(database),
        catalogue=SqlCatalogue(database),
        jobs=SqlJobs(database),
        ledger=SqlLedger(database),
        receipts=SqlReceipts(database),
        objects=LocalStore(home / "objects"),
        programs=programs,
    )
