"""Real Spark, once: a million values in each of four columns, a worker killed while it works."""

from __future__ import annotations

import os
import re
import signal
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import pytest
from world.lent import lend_spark_classes
from world.random_ciphertext import RandomDataset, publish_random
from world.waiting import eventually

from crypto.parameters import PRODUCTS
from crypto.shares import encode_residues
from market.adapters.platform_secrets import make_secrets
from market.adapters.spark import SparkEvaluator
from market.adapters.stores.local import LocalStore
from market.errors import Unavailable
from market.plan.moments import Output
from market.records.delivery import Share
from market.settings import Settings

pytestmark = pytest.mark.processes

CIPHERTEXTS = 245  # of 4,096 slots: 1,003,520 values
COLUMNS = ("a", "b", "c", "d")
OUTPUTS = (
    *(Output(column, (column,)) for column in COLUMNS),
    Output("ab", ("a", "b")),
    Output("weighed", ("b", "d"), (113, -77)),
)
# What a service's starter may hand on: none of it reaches Spark.
UNFIT = {
    "LANG": "",
    "LC_ALL": "POSIX",
    "TMPDIR": "/nowhere",
    "ALL_PROXY": "socks5://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
}


@dataclass
class Seen:
    """What the machine showed of the workers while they ran."""

    workers: set[int] = field(default_factory=set)
    maps: str = ""
    environments: set[str] = field(default_factory=set)
    killed: int = 0


@dataclass(frozen=True)
class Run:
    dataset: RandomDataset
    shares: tuple[Share, ...]
    seen: Seen
    log: str


class Watcher(threading.Thread):
    """Looks at the Spark below this process; kills one worker in the middle of its work."""

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self.seen = seen
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(self._pause_seconds):
            for worker in working():
                self._look_at(worker)

    @property
    def _pause_seconds(self) -> float:
        """Often while there is a worker to kill: a look goes through the machine's processes."""
        return 0.02 if self.seen.workers and not self.seen.killed else 0.1

    def _look_at(self, worker: psutil.Process) -> None:
        try:
            maps = Path(f"/proc/{worker.pid}/maps").read_text()
            environment = Path(f"/proc/{worker.pid}/environ").read_bytes().decode()
        except (ProcessLookupError, FileNotFoundError):
            return
        self.seen.workers.add(worker.pid)
        self.seen.maps += maps if "numpy" in maps and len(self.seen.maps) < 10**6 else ""
        self.seen.environments |= {line.split("=")[0] for line in environment.split("\0")}
        if not self.seen.killed and "numpy" in maps:
            os.kill(worker.pid, signal.SIGKILL)
            self.seen.killed = worker.pid


def working() -> list[psutil.Process]:
    """The Python workers: children of Spark's daemon."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            parent = process.parent()
            if parent and "pyspark.daemon" in parent.cmdline():
                found.append(process)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    # Java names a file by the locale that it is started under; a space would part its options.
    home = tmp_path_factory.mktemp("märkt δεδομένα")
    make_secrets(Settings(home=home))
    lend_spark_classes(home)
    # The second number is Spark's own: how often a task may fail.
    return Settings(home=home, spark_master="local[2,3]")


@pytest.fixture(scope="module")
def run(settings: Settings) -> Run:
    dataset = publish_random(
        LocalStore(settings.home / "objects"), COLUMNS, CIPHERTEXTS, ciphertexts_per_chunk=8
    )
    watcher = Watcher(Seen())
    watcher.start()
    try:
        with pytest.MonkeyPatch.context() as environment:
            for name, value in UNFIT.items():
                environment.setenv(name, value)
            shares = SparkEvaluator(settings).evaluate("job-1", (dataset.manifest,), OUTPUTS)[0]
    finally:
        watcher.stopped.set()
        watcher.join()
    log = (settings.home / "logs" / "spark-job-1.log").read_text()
    return Run(dataset, shares, watcher.seen, log)


def test_shares_are_exact_though_a_worker_was_killed(run: Run) -> None:
    assert run.seen.killed
    assert re.search(r"Lost task \d+\.0 in stage", run.log)
    by_output = {share.output: share.residues for share in run.shares}
    assert by_output["a"] == encode_residues(run.dataset.sum_of("a"), PRODUCTS)
    assert by_output["ab"] == encode_residues(run.dataset.product_of("a", "b"), PRODUCTS)
    sums = zip(run.dataset.sum_of("b"), run.dataset.sum_of("d"), PRODUCTS.primes, strict=True)
    weighed = tuple((113 * b - 77 * d) % q for b, d, q in sums)
    assert by_output["weighed"] == encode_residues(weighed, PRODUCTS)


def test_work_is_done_in_several_partitions_by_several_workers(run: Run) -> None:
    finished = set(re.findall(r"Finished task (\d+)\.\d+ in stage 0", run.log))
    assert len(finished) >= 2
    assert len(run.seen.workers - {run.seen.killed}) >= 2


def test_driver_receives_residues_and_no_chunk(run: Run) -> None:
    sizes = [int(size) for size in re.findall(r"(\d+) bytes result sent to driver", run.log)]
    assert sizes
    assert max(sizes) < 10_000 < run.dataset.manifest.columns[0].chunks[0].size_bytes


def test_workers_hold_no_tenseal_and_no_secret_of_the_platform(run: Run) -> None:
    assert "numpy" in run.seen.maps
    assert "tenseal" not in run.seen.maps.lower()
    assert "PYSPARK_PYTHON" in run.seen.environments
    assert not {"MARKET_HOME", "AIRFLOW__API_AUTH__JWT_SECRET"} & run.seen.environments


def javas() -> list[psutil.Process]:
    """The Java processes below this one. What was killed is there until it is reaped."""
    found = psutil.Process().children(recursive=True)
    return [process for process in found if "java" in name_of(process)]


def name_of(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def test_spark_is_gone_when_the_answer_is_there(run: Run) -> None:
    eventually(lambda: not javas())


def test_spark_that_takes_too_long_is_stopped(run: Run, settings: Settings) -> None:
    hurried = replace(settings, evaluate_wall_seconds=2)
    with pytest.raises(Unavailable) as stopped:
        SparkEvaluator(hurried).evaluate("job-3", (run.dataset.manifest,), OUTPUTS)
    assert stopped.value.code == "evaluation-timeout"
    eventually(lambda: not javas())
