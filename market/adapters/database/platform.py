"""The portal's database, open and at its newest schema."""

from __future__ import annotations

from dataclasses import dataclass

from argon2 import PasswordHasher

from market.adapters.database.catalogue import SqlCatalogue
from market.adapters.database.engine import Database, open_database
from market.adapters.database.jobs import SqlJobs
from market.adapters.database.ledger import SqlLedger
from market.adapters.database.migrate import migrate
from market.adapters.database.people import PASSWORDS, SqlPeople


@dataclass(frozen=True, slots=True)
class PlatformDatabase:
    """The four ports that live in one database."""

    database: Database
    people: SqlPeople
    catalogue: SqlCatalogue
    jobs: SqlJobs
    ledger: SqlLedger


def open_platform_database(url: str, *, passwords: PasswordHasher = PASSWORDS) -> PlatformDatabase:
    """Migrate the portal's database and open it.

    Args:
        passwords: Argon2's cost; the default is for service.

    Raises:
        Refused: `database-url`; Unavailable: `database-inconsistent`.
    """
    migrate(url, "platform")
    database = open_database(url)
    return PlatformDatabase(
        database,
        SqlPeople(database, passwords),
        SqlCatalogue(database),
        SqlJobs(database),
        SqlLedger(database),
    )
