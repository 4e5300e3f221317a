"""A backup on a full disk, at either end of it: told by its code, and nothing half is left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

# The disk holds the agent and nothing beside it, then nothing of a copy.
PROGRAM = """
import secrets, sys
from pathlib import Path
from crypto.identity import SigningKey
from world.full_disk_story import fill
from market.vault.backup import backup
from market.vault.settings import AgentSettings
from market.vault.home import make_home
from market.vault.store.opening import create_store
from market.errors import Unavailable
disk, roomy = Path(sys.argv[1]), Path(sys.argv[2])
home_path, out = (disk, roomy) if sys.argv[3] == "home" else (roomy, disk)
settings = AgentSettings("http://127.0.0.1:9", "token", SigningKey.generate().public.hex)
home = make_home(home_path / "agent", settings, entropy=secrets.token_bytes)
create_store(home.database_path).close()
fill(disk / "filler")
def names():
    # SQLite's own companions come and go.
    found = (*disk.rglob("*"), *roomy.rglob("*"))
    return sorted(str(path) for path in found if not path.name.startswith("agent.db-"))
before = names()
try:
    backup(home, out / "agent.backup", entropy=secrets.token_bytes)
except Unavailable as error:
    print(error.code, names() == before)
(disk / "filler").unlink()
backup(home, out / "agent.backup", entropy=secrets.token_bytes)
"""


@pytest.mark.parametrize(("full", "code"), [("home", "database-failed"), ("archive", "disk-full")])
def test_backup_on_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, full: str, code: str
) -> None:
    disk, roomy = tmp_path / "disk", tmp_path / "roomy"
    disk.mkdir()
    roomy.mkdir()
    small = ["bwrap", "--dev-bind", "/", "/", "--size", str(2**21), "--tmpfs", str(disk)]
    program = [sys.executable, "-c", PROGRAM, str(disk), str(roomy), full]
    told = subprocess.run(
        [*small, "--die-with-parent", "--", *program],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout == f"{code} True\n"
