"""Bring a database to the newest schema of its branch, in process, in one transaction.

`platform` is the portal's database (people, catalogue, jobs, ledger), `agent` a key agent's store
(the ledger, and the agent's own tables). A branch is a directory of revisions,
migrations/BRANCH/versions.

Nothing else makes or changes a schema, and nothing else may be at the database meanwhile: SQLite
keeps the file for this one connection, a Postgres server is asked who is there. Whoever comes
during it waits, and then looks at the revision (market.database.revision).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData

# Each declares its tables.
import market.database.appointments.tables
import market.database.audit.tables
import market.database.catalogue.tables
import market.database.consortia.tables
import market.database.drafts.tables
import market.database.jobs.tables
import market.database.ledger.tables
import market.database.limits.tables
import market.database.openings.tables
import market.database.people.tables
import market.database.receipts.tables
import market.database.shared_results.tables
import market.database.shared_state.tables  # noqa: F401
from market.database.engine import MIGRATING, SERVING, connected_alone, open_alone
from market.database.failures import typed_failures
from market.database.metadata import LEDGER, PLATFORM
from market.database.revision import (
    NEWEST,
    UNFINISHED,
    Branch,
    another_version,
    may_migrate,
    revision_at,
    schema_revision,
)
from market.errors import Conflict, Refused, Unavailable

_MIGRATIONS: Final = Path(__file__).with_name("migrations")
_LOCK: Final = 0x6D61726B6574
"""Postgres advisory lock of migrations, "market" in ASCII."""
_MARK: Final = sqlalchemy.text("UPDATE alembic_version SET version_num = :mark")
_OTHERS: Final = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = %s"
)

# The agent's own tables are declared above this layer (market.vault.store.tables).
METADATA: Final[dict[Branch, tuple[MetaData, ...]]] = {
    "platform": (PLATFORM, LEDGER),
    "agent": (LEDGER,),
}


@dataclass(frozen=True, slots=True)
class Migrated:
    """Revisions; `before` is empty for a database that was made."""

    before: str
    after: str

    def __str__(self) -> str:
        if self.before == self.after:
            return f"The database is up to date, at {self.after}"
        if not self.before:
            return f"Made the database, at {self.after}"
        return f"Brought the database from {self.before} to {self.after}"


def bring_up_to_date(url: str, branch: Branch) -> Migrated:
    """Make the database at this release's schema, or migrate it there; one that is there is left
    alone, whoever uses it.

    Raises:
        Refused: `database-version` for one of a newer release, or another part's; as `migrate`.
        Unavailable: as `migrate`.
    """
    before = revision_at(url, name=MIGRATING)
    if not may_migrate(before, branch):
        raise another_version(before, branch)
    if before != NEWEST[branch]:
        # Another may have been quicker while this one waited for its turn.
        before = migrate(url, branch)
    return Migrated(before, NEWEST[branch])


def migrate(url: str, branch: Branch, revision: str = "head") -> str:
    """Upgrade to `revision`, or downgrade to "base"; the revision it was at before.

    Raises:
        Refused: `database-url`; `database-in-use` when another process has it open.
        Unavailable: `database-inconsistent` when rows would refer to rows that are not there;
            nothing is changed then. `database-missing` when the file cannot be made; the others of
            `market.database.failures`.
    """
    with _alone(url) as connection:
        before = schema_revision(connection)
        config = configuration(connection, branch)
        (command.downgrade if revision == "base" else command.upgrade)(config, revision)
    return before


def fill_empty(url: str, branch: Branch, revision: str, fill: Callable[[Connection], None]) -> None:
    """Make the tables of `revision` in an empty database, have `fill` put rows into them, and bring
    them to this release's: all of it or nothing. Nobody opens the database before `finish`.

    Raises:
        Conflict: `database-not-empty`. As `migrate`; whatever `fill` raises.
    """
    with _alone(url) as connection:
        found = sqlalchemy.inspect(connection).get_table_names()
        if found:
            raise Conflict(
                "database-not-empty",
                f"The database has tables ({', '.join(sorted(found))[:100]}): rows are restored "
                "into an empty one.",
                "Make an empty database; of a restore that was broken off, empty this one.",
            )
        config = configuration(connection, branch)
        command.upgrade(config, revision)
        fill(connection)
        command.upgrade(config, "head")
        connection.execute(_MARK, {"mark": f"{UNFINISHED}{NEWEST[branch]}"})


def finish(url: str, branch: Branch) -> None:
    """Let a database that `fill_empty` filled be opened (raises Unavailable as `migrate`)."""
    with _alone(url) as connection:
        connection.execute(_MARK, {"mark": NEWEST[branch]})


@contextmanager
def _alone(url: str) -> Iterator[Connection]:
    """A transaction while nobody else has the database open (raises as `migrate`)."""
    engine = open_alone(url)
    try:
        with typed_failures(), connected_alone(engine) as connection, connection.begin():
            _check_alone(connection)
            yield connection
            _check_foreign_keys(connection)
    except Unavailable as error:
        if error.code == "database-busy":
            raise _in_use() from error
        raise
    finally:
        engine.dispose()


def configuration(connection: Connection, branch: Branch) -> Config:
    """Alembic's configuration of one branch over an open connection."""
    config = Config()
    config.set_main_option("script_location", _escaped(_MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _escaped(_MIGRATIONS / branch / "versions"))
    config.attributes["connection"] = connection
    config.attributes["metadata"] = METADATA[branch]
    return config


def _check_alone(connection: Connection) -> None:
    """SQLite would not have begun; a Postgres server tells, after a migration under way."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        if connection.exec_driver_sql(_OTHERS, (SERVING,)).scalar():
            raise _in_use()


def _in_use() -> Refused:
    return Refused(
        "database-in-use",
        "Another process has the database open; its tables are changed while nobody has.",
        "Stop what uses it (`market down`, the agent, other commands), then try again.",
    )


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise Unavailable(
            "database-inconsistent",
            f"A row of table {broken[0]} refers to a row of {broken[2]} that is not there.",
            "Restore the database from a backup; the migration was undone.",
        )


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")
