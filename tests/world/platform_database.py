"""The portal's database for tests: made as `market admin migrate` makes it, opened as every process
opens it, with a cost of passwords that no test waits for."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from argon2 import PasswordHasher

from market.database.migrate import bring_up_to_date
from market.database.platform import PlatformDatabase, open_platform_database
from market.services.platform import Platform
from market.settings import Settings
from market.wiring import open_platform

QUICK: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def sqlite_url(folder: Path) -> str:
    """Where a platform's home keeps it, made with its folder if it is missing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'portal.db'}"


def made_database(url: str, passwords: PasswordHasher = QUICK) -> PlatformDatabase:
    """The database at the URL, made if it is missing."""
    bring_up_to_date(url, "platform")
    return open_platform_database(url, passwords=passwords)


def made_platform(settings: Settings) -> Platform:
    """The platform of these settings, as its processes open it, over a new database."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    bring_up_to_date(settings.platform_database_url, "platform")
    return open_platform(settings)
