"""A portal that was told to stop leaves one file, which holds everything: it may be copied."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from world.served_portal import make_home, served

pytestmark = pytest.mark.processes


def test_stopped_portals_database_is_one_file(tmp_path: Path) -> None:
    home = tmp_path / "platform"
    make_home(home, "ada")
    with served(home) as portal:
        assert portal.sign_in("ada").status_code == 200
        assert "/setup/" in portal.market("admin", "setup-link")
        assert (home / "portal.db-wal").stat().st_size > 0
    assert [path.name for path in home.glob("portal.db*")] == ["portal.db"]
    copy = shutil.copy(home / "portal.db", tmp_path / "copy.db")
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT count(*) FROM api_token").fetchone() == (1,)
        assert database.execute("SELECT count(*) FROM setup_link").fetchone() == (1,)
