"""A new SQLite database is migrated once per tree and branch, and copied from then on.

What migrations make of nothing is a function of them, and of the libraries that carry them out: by
these it is kept, so that a tree in which one of them is changed makes its own. A file that is
there, and a server, are migrated as ever; so is whatever processes of the product make.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import alembic
import sqlalchemy
from world import platform_database

from market.database import migrate
from market.database.migrate import Migrated
from market.database.revision import NEWEST, Branch
from market.vault.store import opening

_SQLITE: Final = "sqlite:///"
_ROOT: Final = Path(__file__).parent.parent
_SOURCES: Final = _ROOT / "market" / "database"
_KEPT: Final = _ROOT / "build" / "migrated-for-tests"


def bring_up_to_date(url: str, branch: Branch) -> Migrated:
    """In the place of `market.database.migrate.bring_up_to_date`."""
    path = Path(url.removeprefix(_SQLITE))
    if not url.startswith(_SQLITE) or path.exists() or not os.access(path.parent, os.W_OK):
        return migrate.bring_up_to_date(url, branch)
    whole = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    whole.touch(mode=0o600)
    try:
        # Before there is a connection to it: files of SQLite are not opened by other means after.
        whole.write_bytes(_migrated(branch))
        os.link(whole, path)
    except FileExistsError:
        return migrate.bring_up_to_date(url, branch)
    finally:
        whole.unlink()
    return Migrated("", NEWEST[branch])


@cache
def _migrated(branch: Branch) -> bytes:
    kept = _KEPT / f"{branch}-{_digest()}.db"
    if not kept.is_file():
        _KEPT.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=_KEPT) as folder:
            path = Path(folder) / "new.db"
            migrate.bring_up_to_date(f"{_SQLITE}{path}", branch)
            assert os.listdir(folder) == [path.name]
            # Whole or not at all, whichever of a run's workers comes first.
            path.replace(kept)
    return kept.read_bytes()


@cache
def _digest() -> str:
    versions = (alembic.__version__, sqlalchemy.__version__, sqlite3.sqlite_version)
    digest = hashlib.sha256(repr(versions).encode())
    for source in sorted(_SOURCES.rglob("*.py")):
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()[:16]


for module in (opening, platform_database):
    setattr(module, bring_up_to_date.__name__, bring_up_to_date)
