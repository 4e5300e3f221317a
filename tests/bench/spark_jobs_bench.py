"""The Spark job at two sizes, its workers' memory, and the same sums in plain Spark."""

from __future__ import annotations

import functools
import os
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from world.random_ciphertext import RandomDataset, publish_random

from crypto.parameters import PRODUCTS
from market.adapters.spark import SparkEvaluator, run_limited
from market.adapters.spark_command import find_spark, spark_environment
from market.adapters.stores.local import LocalStore
from market.plan.moments import Output
from market.processes.prepare import make_archive
from market.settings import Settings

COLUMNS = ("a", "b", "c", "d")
ROWS = (100_000, 1_000_000)
ROUNDS = 3
WALL_SECONDS = 600
PLAIN = Path(__file__).with_name("plain_spark_job.py")
OUTPUTS = tuple(Output(name, (name,)) for name in COLUMNS)


@dataclass(frozen=True)
class Run:
    wall_seconds: float
    cpu_seconds: float
    worker_megabytes: float


class WorkerMemory(threading.Thread):
    """The largest resident set of any Python worker of a Spark below this process."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.megabytes = 0.0
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.05):
            for process in psutil.Process().children(recursive=True):
                try:
                    if "pyspark.daemon" in " ".join(process.cmdline()):
                        self.megabytes = max(self.megabytes, process.memory_info().rss / 1e6)
                except psutil.Error:
                    # It ended while it was looked at.
                    continue


def measure() -> dict[str, dict[str, float]]:
    """Medians by job: whole, and net of an empty job (one ciphertext) of the same kind."""
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(home=Path(name))
        make_archive(settings)
        jobs = _jobs(settings)
        runs: dict[str, list[Run]] = {job: [] for job in jobs}
        for _ in range(ROUNDS):
            for job, work in jobs.items():
                runs[job].append(_timed(work))
    return _summary(runs)


def _jobs(settings: Settings) -> dict[str, Callable[[], object]]:
    jobs: dict[str, Callable[[], object]] = {
        "plain empty": functools.partial(_plain, settings, ""),
    }
    for rows in (1, *ROWS):
        dataset = _ciphertext(settings, rows)
        evaluator = SparkEvaluator(settings)
        evaluate = functools.partial(evaluator.evaluate, "job-bench", dataset.manifest, OUTPUTS)
        if rows == 1:
            jobs["ciphertext empty"] = evaluate
            continue
        jobs[f"ciphertext {rows}"] = evaluate
        table = _parquet(settings.home / f"plain-{rows}.parquet", rows)
        jobs[f"plain {rows}"] = functools.partial(_plain, settings, str(table))
    return jobs


def _ciphertext(settings: Settings, rows: int) -> RandomDataset:
    store = LocalStore(Path(settings.store_description["path"]))
    ciphertexts = -(-rows // PRODUCTS.values_per_ciphertext)
    return publish_random(
        store, COLUMNS, ciphertexts, ciphertexts_per_chunk=16, dataset=f"rows-{rows}"
    )


def _parquet(path: Path, rows: int) -> Path:
    generator = np.random.default_rng(rows)
    table = pa.table({name: generator.uniform(-1, 1, rows) for name in COLUMNS})
    pq.write_table(table, path, row_group_size=rows // 4)
    return path


def _plain(settings: Settings, table: str) -> None:
    spark = find_spark(settings)
    command = [str(spark.home / "bin" / "spark-submit"), "--master", settings.spark_master]
    for option in ("spark.ui.enabled=false", "spark.driver.host=127.0.0.1"):
        command += ["--conf", option]
    command += ["--driver-java-options", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"]
    environment = spark_environment(spark, settings, os.environ)
    log = settings.home / "plain.log"
    run_limited([*command, str(PLAIN), table], environment, log, wall_seconds=WALL_SECONDS)


def _timed(work: Callable[[], object]) -> Run:
    watch = WorkerMemory()
    watch.start()
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    watch.done.set()
    watch.join()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall, cpu, watch.megabytes)


def _summary(runs: dict[str, list[Run]]) -> dict[str, dict[str, float]]:
    cpu = {job: statistics.median(run.cpu_seconds for run in done) for job, done in runs.items()}
    return {
        job: {
            "wall_seconds": statistics.median(run.wall_seconds for run in measured),
            "cpu_seconds": cpu[job],
            "net_cpu_seconds": cpu[job] - cpu[f"{job.split()[0]} empty"],
            "worker_megabytes": max(run.worker_megabytes for run in measured),
        }
        for job, measured in runs.items()
    }
