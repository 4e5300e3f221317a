"""A portal that was told to stop leaves one file, which holds everything: it may be copied."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from world.served_portal import free_port, make_home, served
from world.waiting import eventually

from market.processes.child import Child, start_child, stop_children
from market.processes.environment import platform_environment
from market.processes.status import PORTAL, status
from market.settings import load

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
        assert database.execute("SELECT count(*) FROM one_time_link").fetchone() == (1,)


def test_portal_that_somebody_keeps_waiting_still_closes_its_database(tmp_path: Path) -> None:
    home = tmp_path / "platform"
    make_home(home)
    (home / "run").mkdir()
    (home / "logs").mkdir()
    settings = replace(load(home, {}), portal_port=free_port())
    command = (sys.executable, "-P", "-m", "market.cli.main", "serve")
    start_child(settings, Child(PORTAL, command, platform_environment(settings, os.environ)))
    try:
        eventually(lambda: status(settings)[0].answers)
        address = (settings.portal_host, settings.portal_port)
        with socket.create_connection(address) as slow:
            slow.sendall(b"POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
            eventually(lambda: (home / "portal.db-wal").exists())
            assert stop_children(settings, (PORTAL,)) == [PORTAL]
    finally:
        stop_children(settings, (PORTAL,))
    assert [path.name for path in home.glob("portal.db*")] == ["portal.db"]
