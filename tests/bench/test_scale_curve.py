"""The cost curve: what it refuses, counts and prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import scale_report
import watched
from scale_tables import require_room

_WATCH = """
import subprocess, sys
from watched import watched

use = watched(lambda: subprocess.run([sys.executable, "-c", sys.argv[1]], check=True), cores=1)
print(use.cpu_seconds, use.megabytes)
"""
_BURN = "import time\nwhile time.process_time() < 1: pass"
_BEGIN = f"""
import signal, subprocess, sys
def begin():
    return subprocess.Popen([sys.executable, "-c", {_BURN!r}])
"""
_LEAVE = _BEGIN + "begin()"
_IGNORE = _BEGIN + "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\nbegin().wait()"


def test_a_disk_without_twice_the_room_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as refused:
        require_room(10**15, tmp_path)
    line = str(refused.value)
    assert "\n" not in line
    assert "GB free" in line
    assert "1,000,000,000,000,000 encrypted values" in line


def test_a_small_table_has_room(tmp_path: Path) -> None:
    require_room(10_000, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.processes
@pytest.mark.parametrize("program", [_LEAVE, _IGNORE], ids=["outlives it", "is ignored by it"])
def test_a_process_that_its_parent_does_not_count_is_counted(program: str) -> None:
    environment = {"PYTHONPATH": str(Path(watched.__file__).parent)}
    command = [sys.executable, "-c", _WATCH, program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    cpu_seconds, megabytes = map(float, done.stdout.split())
    assert cpu_seconds >= 0.9
    assert megabytes > 1


def a_point(values: int, rival: str, cores: int, **changes: Any) -> dict[str, Any]:
    point = {
        "values": values, "rival": rival, "question": "sums", "cores": cores, "runs": 1,
        "wall_seconds": 5.0, "cpu_seconds": 4.0, "net_cpu_seconds": 0.2, "net_is_a_bound": False,
        "worker_megabytes": 220, "megabytes": 640,
    }  # fmt: skip
    return point | changes


def some_figures() -> dict[str, Any]:
    small, large = 10**6, 10**8
    sums = [
        a_point(small, "ciphertext", 1, wall_seconds=6.0),
        a_point(small, "ciphertext", 2, net_is_a_bound=True),
        a_point(small, "plain", 2, cpu_seconds=9.0),
        a_point(small, "tenseal", 1, cpu_seconds=0.5),
        a_point(large, "ciphertext", 1),
        a_point(large, "ciphertext", 2),
        a_point(large, "plain", 2),
    ]
    return {
        "date": "2026-01-02",
        "machine": "2 cores, x86_64",
        "columns": 10,
        "rounds": 3,
        "repeated_up_to_values": 10**7,
        "points": sums + [point | {"question": "products"} for point in sums],
    }


def test_what_is_below_the_noise_is_told_as_a_bound_and_what_did_not_run_is_empty() -> None:
    rows = [line for line in scale_report.markdown(some_figures()).splitlines() if "sums |" in line]
    assert rows == [
        "| ten sums | 1M | 4.0 (< 0.2) | 9.0 (0.2) | 0.5 (0.2) | 6.0 / 5.0 | 220 | 640 |",
        "| ten sums | 100M | 4.0 (0.2) | 4.0 (0.2) |  | 5.0 / 5.0 | 220 | 640 |",
    ]


def test_the_picture_is_well_formed_and_follows_the_readers_light() -> None:
    drawn = scale_report.picture(some_figures())
    ElementTree.fromstring(drawn)  # noqa: S314 - our own text
    assert "prefers-color-scheme: dark" in drawn
    assert drawn.count("TenSEAL</text>") == drawn.count("plain PySpark</text>") == 2
