"""The portal's database, open and at its newest schema.

Every step of a job opens it, and finds it migrated by the portal: so what migrates is imported only
where there is need of it.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Final

import sqlalchemy
from argon2 import PasswordHasher

from market.adapters.database.catalogue import SqlCatalogue
from market.adapters.database.engine import Database, open_database
from market.adapters.database.jobs import SqlJobs
from market.adapters.database.ledger import SqlLedger
from market.adapters.database.people import PASSWORDS, SqlPeople

NEWEST: Final = "platform_0003"
"""The revision that the tables declared here are at."""

_MIGRATE: Final = "market.adapters.database.migrate"
_REVISION: Final = sqlalchemy.text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True)
class PlatformDatabase:
    """The four ports that live in one database."""

    database: Database
    people: SqlPeople
    catalogue: SqlCatalogue
    jobs: SqlJobs
    ledger: SqlLedger


def open_platform_database(url: str, *, passwords: PasswordHasher = PASSWORDS) -> PlatformDatabase:
    """Migrate the portal's database where it is not at its newest schema, and open it.

    Args:
        passwords: Argon2's cost; the default is for service.

    Raises:
        Refused: `database-url`; Unavailable: `database-inconsistent`.
    """
    database = open_database(url)
    if _revision(database) != NEWEST:
        importlib.import_module(_MIGRATE).migrate(url, "platform")
    return PlatformDatabase(
        database,
        SqlPeople(database, passwords),
        SqlCatalogue(database),
        SqlJobs(database),
        SqlLedger(database),
    )


def _revision(database: Database) -> str:
    with database.reading() as connection:
        if not sqlalchemy.inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(_REVISION).scalar() or "")
