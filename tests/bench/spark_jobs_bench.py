"""The Spark job at two sizes, its workers' memory, and the same sums in plain Spark."""

from __future__ import annotations

import functools
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from plain_spark import run_plain, write_parquet
from watched import Use, watched
from world.random_ciphertext import RandomDataset, publish_random

from crypto.parameters import PRODUCTS
from market.adapters.spark import SparkEvaluator
from market.adapters.stores.local import LocalStore
from market.plan.moments import Output
from market.processes.prepare import make_archive
from market.settings import Settings

COLUMNS = ("a", "b", "c", "d")
ROWS = (100_000, 1_000_000)
ROUNDS = 3
OUTPUTS = tuple(Output(name, (name,)) for name in COLUMNS)


def measure() -> dict[str, dict[str, float]]:
    """Medians by job: whole, and net of an empty job (one ciphertext) of the same kind."""
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(home=Path(name))
        make_archive(settings)
        jobs = _jobs(settings)
        runs: dict[str, list[Use]] = {job: [] for job in jobs}
        for _ in range(ROUNDS):
            for job, work in jobs.items():
                runs[job].append(watched(work))
    return _summary(runs)


def _jobs(settings: Settings) -> dict[str, Callable[[], object]]:
    jobs: dict[str, Callable[[], object]] = {
        "plain empty": functools.partial(run_plain, settings, None, "sums"),
    }
    for rows in (1, *ROWS):
        dataset = _ciphertext(settings, rows)
        evaluator = SparkEvaluator(settings)
        evaluate = functools.partial(evaluator.evaluate, "job-bench", dataset.manifest, OUTPUTS)
        if rows == 1:
            jobs["ciphertext empty"] = evaluate
            continue
        jobs[f"ciphertext {rows}"] = evaluate
        table = write_parquet(settings.home / f"plain-{rows}.parquet", COLUMNS, rows)
        jobs[f"plain {rows}"] = functools.partial(run_plain, settings, table, "sums")
    return jobs


def _ciphertext(settings: Settings, rows: int) -> RandomDataset:
    store = LocalStore(Path(settings.store_description["path"]))
    ciphertexts = -(-rows // PRODUCTS.values_per_ciphertext)
    return publish_random(
        store, COLUMNS, ciphertexts, ciphertexts_per_chunk=16, dataset=f"rows-{rows}"
    )


def _summary(runs: dict[str, list[Use]]) -> dict[str, dict[str, float]]:
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
