"""What makes the first job quick: Spark's class archive, once per Java and Spark
(market.adapters.spark_command), and the workers' kernels in machine code. `market up` runs this in
the background: a job that comes before it is done is slower by some seconds, no more."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from market import wire
from market.adapters.spark_command import (
    dies_with_parent,
    find_spark,
    spark_command,
    spark_environment,
)
from market.adapters.spark_process import run_limited
from market.processes.first_job import first_job
from market.settings import Settings

_WALL_SECONDS = 900
_NICENESS = 10


def make_archive(settings: Settings) -> Path:
    """The archive's path; made if it is not there.

    Raises:
        Unavailable: no Java, no Spark, or the run failed; its log says why.
    """
    spark = find_spark(settings)
    if spark.archive.exists():
        return spark.archive
    spark.archive.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    logs = settings.home.resolve() / "logs"
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="archive-", dir=spark.archive.parent) as name:
        asked, answered = Path(name) / "evaluation.json", Path(name) / "evaluated.json"
        made = Path(name) / "classes.jsa"
        asked.write_bytes(wire.encode(first_job(Path(name))))
        command = spark_command(spark, settings, asked, answered, archive_to=made)
        run_limited(
            [*dies_with_parent(), *command],
            spark_environment(spark, settings, os.environ),
            logs / "spark-archive.log",
            wall_seconds=_WALL_SECONDS,
        )
        made.replace(spark.archive)
    return spark.archive


def prepare(settings: Settings) -> None:
    """Make the archive at low priority (raises as `make_archive`)."""
    # Whatever the people at the machine do comes first.
    os.nice(_NICENESS)
    make_archive(settings)
