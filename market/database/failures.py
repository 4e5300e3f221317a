"""What SQLite and Postgres say when they cannot serve, as failures of the product.

Each of them undid the step whole, and each is `Unavailable`: the same step may be asked again, and
a loop that meets one says so and goes on. By SQLite's extended result code
(https://www.sqlite.org/rescode.html) and Postgres' SQLSTATE (appendix A of its manual).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import exc

from market.database.address import unfit
from market.errors import Refused, Unavailable


@dataclass(frozen=True, slots=True)
class Failure:
    """What a database's answer means to whoever called it."""

    code: str
    message: str
    next_action: str


_FULL = Failure(
    "database-full",
    "The disk of the database is full; the step was undone.",
    "Make room on that disk, then ask again: nothing needs a restart.",
)
_BUSY = Failure(
    "database-busy",
    "Others held the database for longer than a step may wait; the step was undone.",
    "Try again in a minute; if it stays so, look for a process that holds the database open.",
)
_FAILED = Failure(
    "database-failed",
    "The disk of the database failed, or has no room; the step was undone.",
    "Look at that disk and at the system's log, then try again.",
)
_READ_ONLY = Failure(
    "database-read-only",
    "The database may not be written.",
    "Look at the owner and mode of its file and folder, and at how its disk is mounted.",
)
_MISSING = Failure(
    "database-missing",
    "The database's file is not there or may not be opened.",
    "Look at the home, or at database_url; a database is made by `market admin migrate`, an "
    "agent's by `market agent init`.",
)
_DAMAGED = Failure(
    "database-damaged",
    "The database's file does not hold a whole database.",
    "Stop what uses it, keep the file, and restore a backup.",
)
_UNREACHABLE = Failure(
    "database-unreachable",
    "The database server does not answer, or broke off.",
    "Look at the server and at database_url, then try again.",
)

_SQLITE: Final = {
    "FULL": _FULL,
    "BUSY": _BUSY,
    "LOCKED": _BUSY,
    "IOERR": _FAILED,
    "READONLY": _READ_ONLY,
    "PERM": _READ_ONLY,
    "CANTOPEN": _MISSING,
    "CORRUPT": _DAMAGED,
    "NOTADB": _DAMAGED,
}
# The longest beginning that fits decides.
_POSTGRES: Final = {
    "53100": _FULL,
    "53": _BUSY,
    "40001": _BUSY,
    "40P01": _BUSY,
    "55P03": _BUSY,
    "57014": _BUSY,
    "57P": _UNREACHABLE,
    "08": _UNREACHABLE,
    "25006": _READ_ONLY,
    "58": _FAILED,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
_NO_OPTION: Final = "invalid connection option"
"""libpq's words, before it asks a server."""
# Serialisation failure, deadlock, and a snapshot that is no longer the newest: only the order of
# steps was at fault, so the same step may be run again at once.
_AGAIN: Final = frozenset({"40001", "40P01", "SQLITE_BUSY_SNAPSHOT"})


@contextmanager
def typed_failures() -> Iterator[None]:
    """Errors of SQLAlchemy or SQLite that leave the block, as the product's own.

    Raises:
        Unavailable: the database cannot serve now; its code is one of those above.
        Refused: `text-malformed` for a zero character, half a surrogate pair or a number beyond
            64 bits, which is the caller's mistake; `database-url` for an option that no server of
            Postgres has.
    """
    try:
        yield
    except (exc.DataError, UnicodeEncodeError, OverflowError) as error:
        raise Refused(
            "text-malformed",
            "A value holds a character or number that cannot be stored.",
            "Write it in plain text, without control characters.",
        ) from error
    except exc.TimeoutError as error:
        # All connections of the pool wait for the same lock.
        raise _unavailable(_BUSY, "no connection came free") from error
    except (exc.DBAPIError, sqlite3.Error) as error:
        if isinstance(error, exc.ProgrammingError) and _NO_OPTION in str(error.orig):
            raise unfit("has an option that Postgres does not know") from error
        failure = _failure_of(error)
        if failure is None:
            raise
        raise _unavailable(failure, _name(error)) from error


def may_run_again(error: exc.OperationalError) -> bool:
    """Whether the database undid a transaction for no fault of its own."""
    return _name(error) in _AGAIN


def _failure_of(error: exc.DBAPIError | sqlite3.Error) -> Failure | None:
    name = _name(error)
    if name.startswith("SQLITE_"):
        return _SQLITE.get(name.split("_")[1])
    fitting = [known for known in _POSTGRES if name.startswith(known)]
    if fitting:
        return _POSTGRES[max(fitting, key=len)]
    if isinstance(error, sqlite3.Error):
        return None
    is_cut_off = not name and isinstance(error, exc.OperationalError)
    return _UNREACHABLE if is_cut_off or error.connection_invalidated else None


def _name(error: exc.DBAPIError | sqlite3.Error) -> str:
    """SQLite's extended result code or Postgres' SQLSTATE; empty where the server said none."""
    told = error if isinstance(error, sqlite3.Error) else error.orig
    found = getattr(told, "sqlite_errorname", None) or getattr(told, "sqlstate", None)
    return str(found or "")


def _unavailable(failure: Failure, name: str) -> Unavailable:
    seen = f" ({name})" if name else ""
    return Unavailable(failure.code, f"{failure.message[:-1]}{seen}.", failure.next_action)
