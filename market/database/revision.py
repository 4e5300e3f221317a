"""Which schema a database has, and whether it is this release's: read, never changed.

Every process looks before it works. It needs nothing of what migrates, so a job's step starts
without that.
"""

from __future__ import annotations

from typing import Final, Literal

import sqlalchemy
from sqlalchemy import Connection

from market.database.engine import SERVING, Database, open_database
from market.errors import Refused, Unavailable

Branch = Literal["platform", "agent"]

NEWEST: Final[dict[Branch, str]] = {"platform": "platform_0036", "agent": "agent_0007"}
"""The revisions that the tables declared in this release are at; they are numbered in order."""

UNFINISHED: Final = "restoring "
"""What stands before the revision of a database that a restore has not finished with."""

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


def revision_at(url: str, *, name: str = SERVING) -> str:
    """The revision of the database at a URL; empty where there is none.

    Args:
        name: of the session, as a Postgres server shows it.
    """
    database = open_database(url, name=name)
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
    if seen.startswith(UNFINISHED):
        return Refused(
            "restore-unfinished",
            "The database is of a restore that was broken off, or is still going on.",
            "Wait for it; else empty the database and the home, and restore again.",
        )
    return Refused(
        "database-version",
        f"The database has tables of revision {seen or 'none'}, expected {NEWEST[branch]}.",
        _MIGRATE[branch] if may_migrate(seen, branch) else "Use the software that wrote it.",
    )
