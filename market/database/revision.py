"""Which schema a database has, and whether it is this release's: read, never changed.

Every process looks before it works. It needs nothing of what migrates, so a job's step starts
without that.
"""

from __future__ import annotations

from typing import Final, Literal

import sqlalchemy
from sqlalchemy import Connection

from market.database.engine import Database, open_database
from market.errors import Refused, Unavailable

Branch = Literal["platform", "agent"]

NEWEST: Final[dict[Branch, str]] = {"platform": "platform_0016", "agent": "agent_0007"}
"""The revisions that the tables declared in this release are at; they are numbered in order."""

_REVISION: Final = sqlalchemy.text("SELECT version_num FROM alembic_version")
_MIGRATE: Final[dict[Branch, str]] = {
    "platform": "Run `market admin migrate` while nothing serves; `market up` does so by itself.",
    "agent": "Stop the agent and run `market agent migrate`.",
}


def schema_revision(connection: Connection) -> str:
    """The revision a database is at; empty where no migration has run."""
    if not sqlalchemy.inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(_REVISION).scalar() or "")


def revision_at(url: str) -> str:
    """The revision of the database at a URL; empty where there is none."""
    database = open_database(url)
    try:
        with database.reading() as connection:
            return schema_revision(connection)
    except Unavailable as error:
        if error.code != "database-missing":
            raise
        return ""
    finally:
        database.close()


def check_revision(database: Database, branch: Branch) -> None:
    """Require this release's schema.

    Raises:
        Refused: `database-version`, with the revision seen and the one expected.
    """
    with database.reading() as connection:
        seen = schema_revision(connection)
    if seen != NEWEST[branch]:
        raise another_version(seen, branch)


def may_migrate(seen: str, branch: Branch) -> bool:
    """Whether migrations lead from the revision `seen` to this release's."""
    return not seen or (seen.startswith(f"{branch}_") and seen <= NEWEST[branch])


def another_version(seen: str, branch: Branch) -> Refused:
    """The refusal of a database at revision `seen`."""
    return Refused(
        "database-version",
        f"The database has tables of revision {seen or 'none'}, expected {NEWEST[branch]}.",
        _MIGRATE[branch] if may_migrate(seen, branch) else "Use the software that wrote it.",
    )
