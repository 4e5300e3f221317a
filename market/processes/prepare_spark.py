"""Make Spark's class archive, once per Java and Spark (market.adapters.spark_command).

`market up` runs this in the background at the lowest priority: a job that comes before it is done
starts without the archive, a few seconds slower.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from crypto.parameters import AGG
from market import settings as settings_module
from market import wire
from market.adapters.spark import run_limited
from market.adapters.spark_command import (
    dies_with_parent,
    find_spark,
    spark_command,
    spark_environment,
)
from market.records.evaluation import Evaluation
from market.settings import Settings

_WALL_SECONDS = 900


def prepare(settings: Settings) -> Path:
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
        # A job without blocks starts everything a real one starts.
        store = tuple(sorted(settings.store_description.items()))
        asked.write_bytes(wire.encode(Evaluation(AGG.name, (), (), store, 1)))
        command = spark_command(spark, settings, asked, answered, archive_to=made)
        run_limited(
            [*dies_with_parent(), *command],
            spark_environment(spark, os.environ),
            logs / "spark-archive.log",
            wall_seconds=_WALL_SECONDS,
        )
        made.replace(spark.archive)
    return spark.archive


if __name__ == "__main__":
    os.nice(19)
    prepare(settings_module.load(Path(os.environ["MARKET_HOME"]), os.environ))
