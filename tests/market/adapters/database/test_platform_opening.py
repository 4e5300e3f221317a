"""The portal's database is opened by every step: it is migrated once, and found migrated then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from argon2 import PasswordHasher

from market.adapters.database.migrate import newest_revision, schema_revision
from market.adapters.database.platform import NEWEST, open_platform_database

FAST = PasswordHasher(1, 8, 1)


def test_first_opening_brings_the_database_to_the_newest_migration(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'portal.db'}"
    opened = open_platform_database(url, passwords=FAST)
    with opened.database.reading() as connection:
        assert schema_revision(connection) == NEWEST == newest_revision(connection, "platform")


def test_second_opening_migrates_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'portal.db'}"
    open_platform_database(url, passwords=FAST)
    program = (
        "import sys\nfrom market.adapters.database.platform import open_platform_database\n"
        "open_platform_database(sys.argv[1])\nsys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, url], check=False).returncode == 0


def test_step_does_not_import_what_migrates() -> None:
    program = "import sys, market.cli.step; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
