"""A new SQLite database is migrated once per process and branch, and copied from then on.

What migrations make of nothing is a function of them. A file that is there, and a server, are
migrated as ever; so is whatever processes of the product make.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from world import platform_database

from market.database import migrate
from market.database.migrate import Migrated
from market.database.revision import NEWEST, Branch
from market.vault.store import opening

_SQLITE: Final = "sqlite:///"


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
    with TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        migrate.bring_up_to_date(f"{_SQLITE}{path}", branch)
        assert os.listdir(folder) == [path.name]
        return path.read_bytes()


for module in (opening, platform_database):
    setattr(module, bring_up_to_date.__name__, bring_up_to_date)
