"""Keeps one resident Spark application running: started again when it died, or ended for having
grown (spark_jobs.resident). While it starts a job waits for it, and after a while starts a Spark of
its own (market.adapters.spark); at once while one that died young again and again is left alone.
Spark's class archive is made first where there is none."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from market.adapters.resident_spark import kept
from market.adapters.spark_command import (
    dies_with_parent,
    find_spark,
    resident_command,
    spark_environment,
)
from market.processes.prepare import make_archive
from market.settings import Settings

_LIVED_SECONDS = 60
_PAUSES_SECONDS = (0, 1, 5, 30)
"""Before the next start: longer with each application in a row that did not live so long."""
_WAITED_SECONDS = 1
"""Jobs wait through no longer pause: what needs one is likely to die again."""


def keep_running(settings: Settings) -> None:
    """Start the application whenever there is none; never returns.

    Raises:
        Conflict: `spark-kept`: another process keeps it.
        Unavailable: `spark-missing`, `java-missing`, or the archive could not be made.
    """
    directory = settings.home.resolve() / "spark"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    pause_seconds = short_lives = 0
    while True:
        with kept(directory):
            make_archive(settings)
            lived_seconds = _run_one(settings, directory)
            short_lives = 0 if lived_seconds > _LIVED_SECONDS else short_lives + 1
            pause_seconds = _PAUSES_SECONDS[min(short_lives, len(_PAUSES_SECONDS) - 1)]
            if pause_seconds <= _WAITED_SECONDS:
                time.sleep(pause_seconds)
                continue
        time.sleep(pause_seconds)


def _run_one(settings: Settings, directory: Path) -> float:
    """Start an application and return when it has ended: how many seconds it lived."""
    spark = find_spark(settings)
    began = time.monotonic()
    subprocess.run(
        [*dies_with_parent(), *resident_command(spark, settings, directory)],
        stdin=subprocess.DEVNULL,
        env=spark_environment(spark, settings, os.environ),
        check=False,
    )
    return time.monotonic() - began
