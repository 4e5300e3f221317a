"""Keeps one resident Spark application running: started again when it died, or ended for having
grown (spark_jobs.resident). While it starts a job waits for it, and after a while starts a Spark of
its own (market.adapters.spark). Spark's class archive is made first where there is none."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from market import settings as settings_module
from market.adapters.resident_spark import announce
from market.adapters.spark_command import (
    dies_with_parent,
    find_spark,
    resident_command,
    spark_environment,
)
from market.processes.prepare import make_archive
from market.settings import Settings

_PAUSES_SECONDS = (0, 1, 5, 30)
"""Before the next start: longer with each application in a row that did not live a minute."""
_LIVED_SECONDS = 60


def keep_running(settings: Settings) -> None:
    """Start the application whenever there is none; never returns.

    Raises:
        Unavailable: `spark-missing`, `java-missing`, or the archive could not be made.
    """
    directory = settings.home.resolve() / "spark"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    announce(directory)
    make_archive(settings)
    short_lives = 0
    while True:
        spark = find_spark(settings)
        announce(directory)
        began = time.monotonic()
        subprocess.run(
            [*dies_with_parent(), *resident_command(spark, settings, directory)],
            stdin=subprocess.DEVNULL,
            env=spark_environment(spark, settings, os.environ),
            check=False,
        )
        has_lived = time.monotonic() - began > _LIVED_SECONDS
        short_lives = 0 if has_lived else min(short_lives + 1, len(_PAUSES_SECONDS) - 1)
        time.sleep(_PAUSES_SECONDS[short_lives])


def main() -> None:
    """Keep the application of MARKET_HOME's platform running."""
    keep_running(settings_module.load(Path(os.environ["MARKET_HOME"]), os.environ))


if __name__ == "__main__":
    main()
