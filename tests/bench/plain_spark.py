"""Plain PySpark beside ours: a plaintext table, and `spark-submit` of plain_spark_job.py on it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from market.adapters.spark_command import find_spark, spark_environment
from market.adapters.spark_process import run_limited
from market.settings import Settings

WALL_SECONDS = 900
ROWS_PER_GROUP = 250_000
_JOB = Path(__file__).with_name("plain_spark_job.py")


def write_parquet(path: Path, names: tuple[str, ...], rows: int) -> Path:
    """A table of uniform doubles, a group of rows at a time: eight bytes a value."""
    generator = np.random.default_rng(rows)
    schema = pa.schema([(name, pa.float64()) for name in names])
    with pq.ParquetWriter(path, schema, use_dictionary=False) as writer:
        for first in range(0, rows, ROWS_PER_GROUP):
            size = min(ROWS_PER_GROUP, rows - first)
            writer.write_table(pa.table({name: generator.uniform(-1, 1, size) for name in names}))
    return path


def run_plain(settings: Settings, table: Path | None, asked: Literal["sums", "products"]) -> None:
    """One job over a table, or over nothing.

    It starts with the two options that make a short job of a JVM cheap, as ours does; they cost a
    long one, and ours alone has a class archive: so compare what is net of an empty job, too.
    """
    spark = find_spark(settings)
    command = [str(spark.home / "bin" / "spark-submit"), "--master", settings.spark_master]
    for option in ("spark.ui.enabled=false", "spark.driver.host=127.0.0.1"):
        command += ["--conf", option]
    command += ["--driver-java-options", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"]
    environment = spark_environment(spark, settings, os.environ)
    log = settings.home / "plain.log"
    run_limited(
        [*command, str(_JOB), str(table or ""), asked], environment, log, wall_seconds=WALL_SECONDS
    )
