"""Airflow's own database, which it makes and migrates by a command of its own."""

from __future__ import annotations

import importlib.metadata
import sqlite3
from contextlib import closing
from pathlib import Path

from market.errors import Refused

MIGRATE = ("db", "migrate")
"""What follows `airflow`: makes the database, or brings it to the installed version."""


_READ_BY_AIRFLOW = "?$%"
"""What ends the path of an address, begins a variable or begins an interpolation."""


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


def database_path(home: Path) -> Path:
    """The SQLite file under a platform's home."""
    return airflow_home(home) / "airflow.db"


def airflow_home(home: Path) -> Path:
    """Where Airflow keeps its files and logs under a platform's home."""
    return home / "airflow"


def is_migrated(home: Path) -> bool:
    """Whether the installed Airflow's migration was done; asking Airflow takes five seconds."""
    mark = _mark(home)
    return mark.exists() and mark.read_text("utf-8") == _version()


def note_migrated(home: Path) -> None:
    """Prepare the migrated database for several processes, and write down that it was done."""
    with closing(sqlite3.connect(database_path(home))) as database:
        # Kept in the file. Readers and the writer do not wait for each other then.
        database.execute("PRAGMA journal_mode = WAL")
    _mark(home).write_text(_version(), "utf-8")


def _mark(home: Path) -> Path:
    return airflow_home(home) / "migrated"


def _version() -> str:
    return importlib.metadata.version("apache-airflow-core")
