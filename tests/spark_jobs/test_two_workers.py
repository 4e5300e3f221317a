"""A standalone Spark with two workers: the exact bytes, also when one is lost at work.

No run is left to chance: the first worker that computes is held until the other computes as well,
so both have a part of the job in hand before one of them goes on, or dies.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import psutil
import pytest
from world.lent import lend_spark_classes
from world.random_ciphertext import RandomDataset, publish_random
from world.spark_cluster import SparkCluster, kill_all, spark_cluster
from world.waiting import eventually

from crypto.parameters import PRODUCTS
from crypto.shares import encode_residues
from market.adapters.spark import SparkEvaluator
from market.adapters.stores.local import LocalStore
from market.plan.moments import Output
from market.records.delivery import Share
from market.settings import Settings

pytestmark = pytest.mark.processes

OUTPUTS = (Output("a", ("a",)), Output("b", ("b",)), Output("ab", ("a", "b")))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("home")
    lend_spark_classes(home)
    return Settings(home=home, evaluate_wall_seconds=240)


@pytest.fixture(scope="module")
def dataset(settings: Settings) -> RandomDataset:
    store = LocalStore(settings.home / "objects")
    return publish_random(store, ("a", "b"), 64, ciphertexts_per_chunk=2)


@pytest.fixture(scope="module")
def shares(dataset: RandomDataset) -> tuple[Share, ...]:
    """What every Spark has to answer."""
    exact = (dataset.sum_of("a"), dataset.sum_of("b"), dataset.product_of("a", "b"))
    return tuple(
        Share(output.id, encode_residues(residues, PRODUCTS))
        for output, residues in zip(OUTPUTS, exact, strict=True)
    )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkCluster]:
    """Both workers, until the last test kills one."""
    with spark_cluster(tmp_path_factory.mktemp("cluster"), dict(os.environ), workers=2) as started:
        yield started


class Meeting(threading.Thread):
    """Holds the worker that computes first until the other does, and then does `what` to it."""

    def __init__(self, cluster: SparkCluster, what: Callable[[psutil.Process], None]) -> None:
        super().__init__()
        self.first: psutil.Process | None = None
        self._cluster = cluster
        self._what = what

    def run(self) -> None:
        eventually(self._somebody_computes)
        assert self.first is not None
        for process in self._cluster.computing(self.first):
            process.suspend()
        (other,) = (worker for worker in self._cluster.workers if worker != self.first)
        eventually(lambda: self._cluster.computing(other))
        self._what(self.first)

    def _somebody_computes(self) -> bool:
        found = [worker for worker in self._cluster.workers if self._cluster.computing(worker)]
        self.first = found[0] if found else None
        return bool(found)


def evaluated(
    settings: Settings,
    cluster: SparkCluster,
    dataset: RandomDataset,
    what: Callable[[psutil.Process], None],
) -> tuple[tuple[Share, ...], str]:
    """The cluster's answer, and what its driver wrote meanwhile."""
    # Executors of a job before this one take a moment to go.
    eventually(lambda: not any(map(cluster.computing, cluster.workers)))
    meeting = Meeting(cluster, what)
    meeting.start()
    there = replace(settings, spark_master=cluster.master)
    answer = SparkEvaluator(there).evaluate(what.__name__, (dataset.manifest,), OUTPUTS)[0]
    meeting.join()
    return answer, (settings.home / "logs" / f"spark-{what.__name__}.log").read_text()


def let_go(worker: psutil.Process) -> None:
    """It computes on."""
    for process in worker.children(recursive=True):
        process.resume()


def finishers(log: str) -> set[str]:
    return set(re.findall(r"Finished task .* \(executor (\d+)\)", log))


def test_two_workers_answer_the_exact_bytes(
    settings: Settings, dataset: RandomDataset, shares: tuple[Share, ...], cluster: SparkCluster
) -> None:
    answer, log = evaluated(settings, cluster, dataset, let_go)
    assert answer == shares
    assert finishers(log) == {"0", "1"}


def test_worker_lost_while_it_computes_changes_no_byte(
    settings: Settings, dataset: RandomDataset, shares: tuple[Share, ...], cluster: SparkCluster
) -> None:
    answer, log = evaluated(settings, cluster, dataset, kill_all)
    assert re.search(r"Lost executor \d", log)
    assert "failed because while it was being computed, its executor exited" in log
    assert answer == shares
