"""Where a database is: `sqlite:///PATH` or `postgresql://HOST/NAME`, and nothing else."""

from __future__ import annotations

from typing import Final

from sqlalchemy import exc
from sqlalchemy.engine import URL, make_url

from market.errors import Refused

_SQLITE_PATH: Final = "sqlite:///"


def parse(url: str) -> URL:
    """The address as SQLAlchemy takes it, its driver named.

    Raises:
        Refused: `database-url` for another kind of database, or SQLite without a file.
    """
    if url.startswith(_SQLITE_PATH):
        # Not `make_url`: a folder's name may hold what ends the path of an address.
        parsed = URL.create("sqlite", database=url.removeprefix(_SQLITE_PATH))
    else:
        try:
            parsed = make_url(url)
        except (exc.ArgumentError, ValueError):
            # Its words, the cause's too, may repeat a password.
            raise unfit("is not an address") from None
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed
    raise unfit(f"names {backend}")


def unfit(what: str) -> Refused:
    """`database-url`: the address cannot be used; `what` says why, and never repeats it."""
    return Refused(
        "database-url",
        f"The database URL {what}, expected sqlite:///PATH or postgresql://HOST/NAME.",
        "Correct the setting: database_url or, of Airflow's, airflow_database_url.",
    )


def is_postgres(url: URL) -> bool:
    """Whether a parsed address is of a Postgres server."""
    return url.get_backend_name() == "postgresql"


def address_with_driver(url: str) -> str:
    """A Postgres server's address with the driver that this release brings, and its password, for a
    program that opens it by SQLAlchemy itself.

    Raises:
        Refused: `database-url`, also for SQLite.
    """
    parsed = parse(url)
    if not is_postgres(parsed):
        raise unfit("names sqlite")
    return parsed.render_as_string(hide_password=False)
