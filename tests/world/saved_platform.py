"""A platform with a released job and one that waits, saved in a backup; and what is made of it."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Final

from crypto.secret import Secret
from market.adapters.platform_secrets import make_secrets
from market.database.engine import open_database
from market.database.portable import lines_of, tables_of
from market.processes.backup.restore import Restored, restore
from market.processes.backup.save import save
from market.settings import Settings
from world.builders import NOW
from world.market import Market
from world.platform_database import made_database, sqlite_url

UNLOCK: Final = Secret(b"a passphrase of a backup")


def fill(url: str) -> None:
    """Make the database at the URL, with a row in most tables."""
    database = made_database(url)
    market = Market(database)
    market.publish()
    market.released()
    market.requested()
    database.database.close()


def made_home(home: Path) -> Settings:
    """A filled platform over SQLite; its identity is that of every test's market."""
    fill(sqlite_url(home))
    (home / "market.toml").write_text('currency = "CHF"\n')
    keep_identity(home)
    settings = Settings(home=home)
    make_secrets(settings)
    return settings


def keep_identity(home: Path) -> None:
    """The seed of a_key("platform") as a platform's secret."""
    identity = home / "secrets" / "identity"
    identity.parent.mkdir(mode=0o700)
    identity.write_text(hashlib.sha256(b"platform").hexdigest())
    identity.chmod(0o600)


def saved(settings: Settings, out: Path) -> Path:
    save(settings, out, UNLOCK, now=NOW, entropy=secrets.token_bytes)
    return out


def restored(archive: Path, home: Path, **environment: str) -> Restored:
    given = {f"MARKET_{name.upper()}": value for name, value in environment.items()}
    return restore(archive, home, given, UNLOCK)


def rows(url: str) -> dict[str, list[bytes]]:
    """Every row of every table."""
    database = open_database(url)
    with database.snapshot() as connection:
        found = {one.name: list(lines_of(connection, one)) for one in tables_of(connection)}
    database.close()
    return found
