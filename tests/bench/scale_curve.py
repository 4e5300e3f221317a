"""The cost of ten encrypted columns from one to a hundred million values, beside two rivals.

Every point is whole processes, as a job runs without a resident Spark. On all cores ciphertext and
plain PySpark over Parquet take turns: up to ten million values `ROUNDS` times, of which the medians
are kept, larger sizes once. On one core ciphertext runs once more, and TenSEAL's program, which has
one thread, up to ten million values: nothing is extrapolated. Net CPU subtracts the median of empty
jobs of the same kind; where that is less than those differ among themselves, that difference is
told as a bound.

    python scale_curve.py     measure, write tests/bench/figures and the README's table
"""

from __future__ import annotations

import functools
import os
import platform
import shutil
import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import scale_report
from plain_spark import run_plain
from scale_tables import COLUMNS, ScaleTable, make_table, require_room, run_tenseal
from watched import Use, watched

from market.adapters.spark import SparkEvaluator
from market.plan.moments import Output
from market.processes.prepare import make_archive
from market.settings import Settings

SIZES = (1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000)
REPEATED_UP_TO_VALUES = 10_000_000
ROUNDS = 3
BUILD = Path(__file__).resolve().parent.parent.parent / "build"

SUMS = tuple(Output(name, (name,)) for name in COLUMNS)
PRODUCTS = SUMS + tuple(
    Output(f"{a}*{b}", (a, b)) for a, b in combinations_with_replacement(COLUMNS, 2)
)
QUESTIONS = ("sums", "products")
Jobs = dict[str, Callable[[], object]]
Point = dict[str, Any]


def measure(sizes: tuple[int, ...] = SIZES, rounds: int = ROUNDS) -> dict[str, Any]:
    """Figures by size, job and cores; the tables of a size are removed before the next is made.

    Raises:
        SystemExit: the disk has not twice the room of the largest table.
    """
    BUILD.mkdir(exist_ok=True)
    require_room(max(sizes), BUILD)
    home = BUILD / "scale"
    shutil.rmtree(home, ignore_errors=True)
    (home / "empty").mkdir(parents=True, mode=0o700)
    try:
        empty = _empty(home / "empty", rounds)
        points = [point for values in sizes for point in _points(home, values, rounds, empty)]
    finally:
        shutil.rmtree(home)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "columns": len(COLUMNS),
        "rounds": rounds,
        "repeated_up_to_values": REPEATED_UP_TO_VALUES,
        "points": points,
    }


def _empty(home: Path, rounds: int) -> dict[tuple[str, int], list[Use]]:
    """What a job of each kind takes that computes next to nothing: one ciphertext, one vector."""
    settings = Settings(home=home)
    make_archive(settings)
    table = make_table(settings, home, len(COLUMNS))
    found = {}
    for cores in _core_counts():
        jobs = _jobs(settings, replace(table, parquet=None), cores)
        del jobs["ciphertext sums"]
        # The first round fills caches: machine code, files, classes.
        for job, uses in _take_turns(jobs, rounds + 1, cores).items():
            found[job.split()[0], cores] = uses[1:]
    return found


def _points(
    home: Path, values: int, rounds: int, empty: dict[tuple[str, int], list[Use]]
) -> Iterator[Point]:
    directory = home / str(values)
    directory.mkdir()
    # The class archive fits this Java and these options, whatever the home.
    (directory / "spark").symlink_to(home / "empty" / "spark")
    settings = Settings(home=directory)
    table = make_table(settings, directory, values)
    for cores in _core_counts():
        jobs = _jobs(settings, table, cores)
        times = rounds if cores > 1 and values <= REPEATED_UP_TO_VALUES else 1
        for job, uses in _take_turns(jobs, times, cores).items():
            yield _point(values, job, cores, uses, empty[job.split()[0], cores])
    shutil.rmtree(directory)


def _jobs(settings: Settings, table: ScaleTable, cores: int) -> Jobs:
    on_cores = replace(settings, spark_master=f"local[{cores}]")
    evaluate = SparkEvaluator(on_cores).evaluate
    jobs: Jobs = {
        "ciphertext sums": functools.partial(evaluate, "job-scale", table.sums, SUMS),
        "ciphertext products": functools.partial(evaluate, "job-scale", table.products, PRODUCTS),
    }
    if cores > 1:
        rival = functools.partial(run_plain, on_cores, table.parquet)
    elif table.tenseal is not None:
        rival = functools.partial(run_tenseal, table.tenseal, table.vectors)
    else:
        return jobs
    name = "plain" if cores > 1 else "tenseal"
    return jobs | {f"{name} {asked}": functools.partial(rival, asked) for asked in QUESTIONS}


def _core_counts() -> tuple[int, ...]:
    return (1, len(os.sched_getaffinity(0)))


def _take_turns(jobs: Jobs, rounds: int, cores: int) -> dict[str, list[Use]]:
    uses: dict[str, list[Use]] = {job: [] for job in jobs}
    for _ in range(rounds):
        for job, work in jobs.items():
            uses[job].append(watched(work, cores=cores))
    return uses


def _point(values: int, job: str, cores: int, uses: list[Use], empty: list[Use]) -> Point:
    rival, question = job.split()
    unloaded = [use.cpu_seconds for use in empty]
    resolution = max(unloaded) - min(unloaded)
    cpu = statistics.median(use.cpu_seconds for use in uses)
    net = cpu - statistics.median(unloaded)
    return {
        "values": values,
        "rival": rival,
        "question": question,
        "cores": cores,
        "runs": len(uses),
        "wall_seconds": round(statistics.median(use.wall_seconds for use in uses), 2),
        "cpu_seconds": round(cpu, 2),
        "net_cpu_seconds": round(max(net, resolution), 2),
        "net_is_a_bound": net < resolution,
        "worker_megabytes": round(max(use.worker_megabytes for use in uses)),
        "megabytes": round(max(use.megabytes for use in uses)),
    }


if __name__ == "__main__":
    scale_report.publish(measure())
