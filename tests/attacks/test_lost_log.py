"""A command beside the portal takes the portal's write-ahead log away: after a power cut people,
tokens and ledger are gone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from world.served_portal import make_home, served


def test_no_row_is_lost_with_a_command_beside_the_portal_and_a_power_cut(tmp_path: Path) -> None:
    home = tmp_path / "platform"
    make_home(home, "ada")
    with served(home) as portal:
        assert portal.sign_in("ada").status_code == 200
        assert "/setup/" in portal.market("admin", "setup-link")
        # What the portal writes now is in its log alone.
        assert portal.sign_in("ada").status_code == 200
        portal.kill()
    with closing(sqlite3.connect(home / "portal.db")) as database:
        assert database.execute("SELECT count(*) FROM api_token").fetchone() == (2,)
        assert database.execute("SELECT count(*) FROM one_time_link").fetchone() == (1,)
