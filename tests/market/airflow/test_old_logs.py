"""Old logs go, and the oldest of too many; what may be in use stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from market.adapters.platform_secrets import make_secrets
from market.airflow.environment import airflow_options
from market.airflow.old_logs import LogFile, clear_old_logs, outdated
from market.settings import Settings

BEGIN = """
import os, sys, time
from airflow.jobs.job import Job
Job()
old = os.environ["OLD"]
until = time.monotonic() + 60
while os.path.exists(old) and time.monotonic() < until:
    time.sleep(0.05)
sys.exit(os.path.exists(old))
"""
"""What scheduler and DAG processor begin with."""
DAY = 24 * 3_600
NOW = 100 * DAY
HOUR = 3_600


def log(name: str, *, age_seconds: float, size_bytes: int = 10) -> LogFile:
    return LogFile(Path(name), size_bytes, NOW - age_seconds)


FILES = [
    log("now", age_seconds=0),
    log("a day", age_seconds=DAY),
    log("a week", age_seconds=7 * DAY),
    log("a month", age_seconds=31 * DAY),
]


@pytest.mark.parametrize(
    ("keep_days", "keep_bytes", "gone"),
    [
        (365, 10**9, []),
        (30, 10**9, ["a month"]),
        (365, 40, []),
        (365, 39, ["a month"]),
        (365, 10, ["a month", "a week", "a day"]),
        # One that may be in use stays, however large it is.
        (365, 0, ["a month", "a week", "a day"]),
        (0, 10**9, ["a month", "a week", "a day"]),
    ],
)
def test_old_ones_go_and_the_oldest_of_too_many(
    keep_days: int, keep_bytes: int, gone: list[str]
) -> None:
    found = outdated(FILES, now=NOW, keep_days=keep_days, keep_bytes=keep_bytes)
    assert [file.path.name for file in found] == gone


def test_files_are_removed_with_the_folders_that_they_leave_empty(tmp_path: Path) -> None:
    old, new = tmp_path / "dag" / "run" / "old.log", tmp_path / "dag" / "new.log"
    old.parent.mkdir(parents=True)
    for path, at in ((old, NOW - 31 * DAY), (new, NOW - 2 * HOUR)):
        path.write_bytes(b"x" * 10)
        os.utime(path, (at, at))
    (tmp_path / "latest").symlink_to(tmp_path / "nowhere")
    assert clear_old_logs(tmp_path, now=NOW, keep_days=30, keep_bytes=1_000) == 1
    assert not old.parent.exists()
    assert new.exists()
    assert clear_old_logs(tmp_path, now=NOW, keep_days=30, keep_bytes=1_000) == 0
    assert tmp_path.exists()


@pytest.mark.processes
def test_airflows_own_processes_clear_their_logs(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    make_secrets(settings)
    options = airflow_options(settings, tmp_path)
    old = Path(options["AIRFLOW__LOGGING__BASE_LOG_FOLDER"]) / "dag_processor" / "old.log"
    old.parent.mkdir(parents=True)
    old.write_text("read of a DAG file")
    os.utime(old, (0, 0))
    began = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BEGIN],
        env={"PATH": os.environ["PATH"], "OLD": str(old)} | options,
        capture_output=True,
        text=True,
        check=False,
    )
    assert began.returncode == 0, began.stderr
