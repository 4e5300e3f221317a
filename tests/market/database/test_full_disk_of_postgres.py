"""A real Postgres on a real full disk: who submits is told so, and nothing is half kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from world.passable import passable_folder

pytestmark = [pytest.mark.servers, pytest.mark.processes]

DISK_BYTES = 128 * 1024 * 1024
"""Room for a new database and for what Postgres writes ahead."""


def test_submission_is_refused_whole_and_goes_well_once_there_is_room(tmp_path: Path) -> None:
    # Postgres runs under an account of its own.
    with passable_folder() as disk:
        small = ["bwrap", "--dev-bind", "/", "/", "--size", str(DISK_BYTES), "--tmpfs", str(disk)]
        story = [sys.executable, "-m", "world.full_postgres_story", str(disk), str(tmp_path)]
        told = subprocess.run(
            [*small, "--die-with-parent", "--", *story],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout.splitlines()[-1]) == {
        "while full": [503, "database-full"],
        "reading while full": 200,
        "with room": 201,
        "kept and not acknowledged": 0,
        "started and not kept": 0,
    }
