"""A real portal on a real full disk: it says so, loses nothing, and goes on once there is room."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

DISK_BYTES = 4 * 1024 * 1024


def test_portal_and_its_housekeeping_outlive_a_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    small = ["bwrap", "--dev-bind", "/", "/", "--size", str(DISK_BYTES), "--tmpfs", str(disk)]
    story = [sys.executable, "-m", "world.full_disk_story", str(disk), str(tmp_path / "portal.log")]
    told = subprocess.run(
        [*small, "--die-with-parent", "--", *story],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {
        "health while full": 200,
        "sign-in while full": [503, "database-full"],
        "catalogue while full": 200,
        "object while full": "disk-full",
        "sign-in with room": 200,
        "logged": [
            ["housekeeper.unavailable", "lead"],
            ["housekeeper.goes_on", "lead"],
        ],
        "reserved": 0,
    }
