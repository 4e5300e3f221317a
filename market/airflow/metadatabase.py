"""Airflow's own database, which it makes and migrates by a command of its own.

SQLite under the home, or a database of its own on a Postgres server: both Airflow and the platform
call a table `alembic_version`, so they never share one. Which version of Airflow has migrated it is
noted beside the SQLite file, and on a server in the database itself, as a comment on that table.
"""

from __future__ import annotations

import importlib.metadata
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import sqlalchemy
from sqlalchemy import Connection

from market.database.address import address_with_driver
from market.database.engine import open_database
from market.database.revision import schema_revision
from market.errors import Refused
from market.settings import Settings

MIGRATE = ("db", "migrate")
"""What follows `airflow`: makes the database, or brings it to the installed version."""

_READ_BY_AIRFLOW = "?$%"
"""What ends the path of an address, begins a variable or begins an interpolation."""
_PATIENCE: Final = "market.airflow.sqlite_patience.CONNECT_ARGUMENTS"
_NOTED: Final = "SELECT obj_description('alembic_version'::regclass, 'pg_class')"


def require_plain_path(home: Path) -> None:
    """That Airflow finds a platform's home where it is: in another's place it would make files.

    Raises:
        Refused: `home-path`.
    """
    path = str(home.resolve())
    seen = [sign for sign in _READ_BY_AIRFLOW if sign in path]
    if seen:
        raise Refused(
            "home-path",
            f"The path of the platform's home, {path}, holds {' '.join(seen)}, which Airflow reads "
            "as a sign and not as part of a name.",
            "Take a folder without ?, $ and % in its path; it can be renamed while nothing runs.",
        )


def database_options(settings: Settings) -> dict[str, str]:
    """Airflow's variables about its database, and about what SQLite alone needs.

    Raises:
        Refused: `database-url`.
    """
    if settings.airflow_database_url:
        address = address_with_driver(settings.airflow_database_url)
        # One driver for both ways: Airflow would look for asyncpg else.
        return {
            "DATABASE__SQL_ALCHEMY_CONN": address,
            "DATABASE__SQL_ALCHEMY_CONN_ASYNC": address,
        }
    return {
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database_path(settings.home.resolve())}",
        "DATABASE__SQL_ALCHEMY_CONNECT_ARGS": _PATIENCE,
        "DATABASE__SQL_ALCHEMY_CONNECT_ARGS_ASYNC": _PATIENCE,
    }


def database_path(home: Path) -> Path:
    """The SQLite file under a platform's home."""
    return airflow_home(home) / "airflow.db"


def airflow_home(home: Path) -> Path:
    """Where Airflow keeps its files and logs under a platform's home."""
    return home / "airflow"


def is_migrated(settings: Settings) -> bool:
    """Whether the installed Airflow's migration was done; asking Airflow takes five seconds.

    Raises:
        Refused: `database-url`; `airflow-database` for the platform's own. Unavailable: the server
            does not answer.
    """
    if not settings.airflow_database_url:
        mark = _mark(settings.home)
        return mark.exists() and mark.read_text("utf-8") == _version()
    database = open_database(settings.airflow_database_url)
    try:
        with database.reading() as connection:
            return _is_noted(connection)
    finally:
        database.close()


def note_migrated(settings: Settings) -> None:
    """Write down that it was done; an SQLite file is prepared for several processes."""
    if settings.airflow_database_url:
        database = open_database(settings.airflow_database_url)
        try:
            database.run(_note)
        finally:
            database.close()
        return
    with closing(sqlite3.connect(database_path(settings.home))) as file:
        # Kept in the file. Readers and the writer do not wait for each other then.
        file.execute("PRAGMA journal_mode = WAL")
    _mark(settings.home).write_text(_version(), "utf-8")


def _is_noted(connection: Connection) -> bool:
    seen = schema_revision(connection)
    if seen.startswith("platform_"):
        raise Refused(
            "airflow-database",
            f"The database of airflow_database_url is the platform's own: it is at {seen}.",
            "Make an empty database for Airflow, and name it there.",
        )
    return bool(seen) and connection.exec_driver_sql(_NOTED).scalar() == _version()


def _note(connection: Connection) -> None:
    # No parameter may stand in a statement that defines something.
    version = sqlalchemy.literal(_version()).compile(
        dialect=connection.dialect, compile_kwargs={"literal_binds": True}
    )
    connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS {version}")


def _mark(home: Path) -> Path:
    return airflow_home(home) / "migrated"


def _version() -> str:
    return importlib.metadata.version("apache-airflow-core")
