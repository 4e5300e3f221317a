"""Real Spark on a real full disk: what stopped it has a code of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

DISK_BYTES = 4 * 1024 * 1024


def test_full_disk_is_told_from_a_spark_that_failed(tmp_path: Path) -> None:
    small = ["bwrap", "--dev-bind", "/", "/", "--size", str(DISK_BYTES), "--tmpfs", "/tmp"]
    # An earlier test may have left a place on the path that is gone.
    places = [place for place in sys.path if place.startswith("/tmp/") and Path(place).exists()]
    kept = {str(tmp_path), *places}
    for place in kept:
        small += ["--bind", place, place]
    story = [sys.executable, "-m", "world.full_spark_story", str(tmp_path)]
    told = subprocess.run(
        [*small, "--die-with-parent", "--", *story],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == ["platform-disk-full", "platform-disk-full"]
    # Whoever operates it reads in the log where.
    assert "No space left on device" in (tmp_path / "logs" / "spark-job-1.log").read_text()
