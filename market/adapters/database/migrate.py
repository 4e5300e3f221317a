"""Bring a database to the newest schema of its branch, in process, in one transaction.

`platform` is the portal's database (people, catalogue, jobs, ledger), `agent` a key agent's store
(the ledger, and the agent's own tables). A branch is a directory of revisions,
migrations/BRANCH/versions. Two processes that start at once do not collide: the second waits and
finds nothing left to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from market.adapters.database import ledger_tables, platform_tables
from market.adapters.database.engine import make_engine
from market.errors import Unavailable

Branch = Literal["platform", "agent"]

_MIGRATIONS: Final = Path(__file__).with_name("migrations")
_LOCK: Final = 0x6D61726B6574
"""Postgres advisory lock of migrations, "market" in ASCII."""

# The agent's own tables are declared above this layer (market.agent.store.tables).
METADATA: Final[dict[Branch, tuple[MetaData, ...]]] = {
    "platform": (platform_tables.METADATA, ledger_tables.METADATA),
    "agent": (ledger_tables.METADATA,),
}


def migrate(url: str, branch: Branch, revision: str = "head") -> None:
    """Upgrade to `revision`, or downgrade to "base".

    Raises:
        Refused: `database-url`.
        Unavailable: `database-inconsistent` when rows would refer to rows that are not there;
            nothing is changed then.
    """
    # Rebuilding a table drops it for a moment: foreign keys are checked once, at the end.
    engine = make_engine(url, foreign_keys=False)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            config = configuration(connection, branch)
            (command.downgrade if revision == "base" else command.upgrade)(config, revision)
            _check_foreign_keys(connection)
    finally:
        engine.dispose()


def schema_revision(connection: Connection) -> str:
    """The revision a database is at; empty where no migration has run."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def newest_revision(connection: Connection, branch: Branch) -> str:
    """The revision `migrate` brings a branch to."""
    script = ScriptDirectory.from_config(configuration(connection, branch))
    return script.get_current_head() or ""


def configuration(connection: Connection, branch: Branch) -> Config:
    """Alembic's configuration of one branch over an open connection."""
    config = Config()
    config.set_main_option("script_location", _escaped(_MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _escaped(_MIGRATIONS / branch / "versions"))
    config.attributes["connection"] = connection
    config.attributes["metadata"] = METADATA[branch]
    return config


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
