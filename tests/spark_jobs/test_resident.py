"""The resident application, real: the bytes of a Spark of its own, and a successor when it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace

import psutil
import pytest
from world.random_ciphertext import RandomDataset, publish_random
from world.waiting import eventually

from market.adapters.platform_secrets import make_secrets
from market.adapters.resident_spark import (
    Reply,
    ResidentState,
    address,
    ask,
    ask_state,
    is_kept,
)
from market.adapters.spark import SparkEvaluator
from market.adapters.stores.local import LocalStore
from market.errors import Unavailable
from market.plan.moments import Output
from market.processes.child import note_process
from market.processes.environment import platform_environment
from market.processes.status import RESIDENT
from market.records.delivery import Share
from market.settings import Settings

pytestmark = pytest.mark.processes

ENDLESS_OUTPUTS = 20_000
OUTPUTS = (Output("a", ("a",)), Output("b", ("b",)), Output("ab", ("a", "b")))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("resident")
    make_secrets(Settings(home=home))
    (home / "run").mkdir()
    return Settings(home=home, spark_master="local[2]")


@pytest.fixture(scope="module")
def dataset(settings: Settings) -> RandomDataset:
    store = LocalStore(settings.home / "objects")
    return publish_random(store, ("a", "b"), 12, ciphertexts_per_chunk=3)


@pytest.fixture(scope="module")
def alone(settings: Settings, dataset: RandomDataset) -> tuple[Share, ...]:
    """What a Spark of the job's own answers; its archive is made before."""
    return SparkEvaluator(settings).evaluate("alone", (dataset.manifest,), OUTPUTS)[0]


@contextmanager
def kept_running(settings: Settings) -> Iterator[psutil.Process]:
    """The process that keeps the application, and everything below it ended afterwards."""
    log = (settings.home / "logs" / "spark.log").open("ab")
    keeper = subprocess.Popen(
        [sys.executable, "-P", "-m", "market.cli.main", "spark"],
        env=platform_environment(settings, os.environ),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    below = psutil.Process(keeper.pid)
    note_process(settings, RESIDENT, keeper.pid)
    try:
        eventually(lambda: is_kept(settings.home / "spark"))
        yield below
    finally:
        everyone = [below, *below.children(recursive=True)]
        for process in everyone:
            process.kill()
        psutil.wait_procs(everyone, timeout=20)
        keeper.wait()
        log.close()


def application(keeper: psutil.Process) -> psutil.Process:
    """The Java process of the application."""
    found: list[psutil.Process] = []

    def is_found() -> bool:
        for one in keeper.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if "java" in one.name() and "resident.py" in " ".join(one.cmdline()):
                    found.append(one)
        return bool(found)

    eventually(is_found)
    return found[-1]


def wait_until_it_answers(settings: Settings) -> None:
    """On a busy machine a start may take longer than a job waits for it."""
    eventually(lambda: ask_state(settings.home / "spark"))


def state_of(settings: Settings) -> ResidentState:
    state = ask_state(settings.home / "spark")
    assert state is not None
    return state


def workers_below(keeper: psutil.Process) -> list[psutil.Process]:
    """Python workers, and the process that forks them."""
    found = []
    for one in keeper.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "pyspark.daemon" in " ".join(one.cmdline()):
                found.append(one)
    return found


def jobs_of_their_own(settings: Settings) -> set[str]:
    return {path.name for path in (settings.home / "logs").glob("spark-*.log")}


def test_resident_gives_the_bytes_of_a_spark_of_its_own_and_many_at_once(
    settings: Settings, dataset: RandomDataset, alone: tuple[Share, ...]
) -> None:
    with kept_running(settings) as keeper:
        wait_until_it_answers(settings)
        started = jobs_of_their_own(settings)
        evaluator = SparkEvaluator(settings)
        assert evaluator.evaluate("first", (dataset.manifest,), OUTPUTS)[0] == alone
        with ThreadPoolExecutor(8) as threads:
            several = [
                threads.submit(evaluator.evaluate, f"job{number}", (dataset.manifest,), OUTPUTS)
                for number in range(8)
            ]
            assert [one.result()[0] for one in several] == [alone] * 8
        # None of them has started a Spark.
        assert jobs_of_their_own(settings) == started
        killed = application(keeper)
        state = state_of(settings)
        assert (state.pid, state.since) == (killed.pid, int(killed.create_time()))
        assert (state.jobs_done, state.jobs_at_work) == (9, 0)
        assert killed.memory_info().rss < state.memory_bytes < settings.spark_maximum_bytes
        killed.kill()
        killed.wait(20)
        assert evaluator.evaluate("second", (dataset.manifest,), OUTPUTS)[0] == alone
        assert application(keeper).pid != killed.pid


def test_job_whose_application_dies_under_it_is_done_again(
    settings: Settings, dataset: RandomDataset, alone: tuple[Share, ...]
) -> None:
    with kept_running(settings) as keeper:
        wait_until_it_answers(settings)
        evaluator = SparkEvaluator(settings)
        evaluator.evaluate("warm", (dataset.manifest,), OUTPUTS)
        first = application(keeper)
        first.send_signal(signal.SIGSTOP)
        with ThreadPoolExecutor(1) as threads:
            dying = threads.submit(evaluator.evaluate, "dying", (dataset.manifest,), OUTPUTS)
            eventually(lambda: any((settings.home / "spark").glob("dying-*/evaluation.json")))
            first.kill()
            assert dying.result()[0] == alone


def test_application_that_has_grown_is_replaced(
    settings: Settings, dataset: RandomDataset, alone: tuple[Share, ...]
) -> None:
    small = replace(settings, spark_maximum_bytes=1)
    with kept_running(small) as keeper:
        first = application(keeper).pid
        eventually(lambda: application(keeper).pid != first)
        assert first not in psutil.pids()


def test_job_over_its_wall_limit_is_dropped_while_its_workers_compute(
    settings: Settings, dataset: RandomDataset, alone: tuple[Share, ...]
) -> None:
    endless = tuple(Output(f"ab{number}", ("a", "b")) for number in range(ENDLESS_OUTPUTS))
    with kept_running(settings) as keeper:
        wait_until_it_answers(settings)
        evaluator = SparkEvaluator(settings)
        evaluator.evaluate("warm", (dataset.manifest,), OUTPUTS)
        computing = [one for one in workers_below(keeper) if one.children() == []]
        hurried = SparkEvaluator(replace(settings, evaluate_wall_seconds=1))
        with pytest.raises(Unavailable, match="evaluation-timeout"):
            hurried.evaluate("endless", (dataset.manifest,), endless)
        assert evaluator.evaluate("after", (dataset.manifest,), OUTPUTS)[0] == alone
        # Given up, not computed to its end.
        eventually(lambda: state_of(settings).jobs_at_work == 0)
        assert state_of(settings).jobs_done == 2
        eventually(lambda: not any(one.is_running() for one in computing))


def test_killed_keeper_takes_the_application_along_and_keeps_no_job_waiting(
    settings: Settings, dataset: RandomDataset, alone: tuple[Share, ...]
) -> None:
    with kept_running(settings) as keeper:
        wait_until_it_answers(settings)
        left = application(keeper)
        keeper.kill()
        left.wait(20)
        assert (settings.home / "spark" / "resident.sock").exists()
        assert ask(settings.home / "spark", "orphan", wall_seconds=60) is Reply.ABSENT
        assert SparkEvaluator(settings).evaluate("orphan", (dataset.manifest,), OUTPUTS)[0] == alone
    assert "spark-orphan.log" in jobs_of_their_own(settings)


def test_what_is_not_a_jobs_directory_is_not_done(
    settings: Settings, dataset: RandomDataset
) -> None:
    directory = settings.home / "spark"
    with kept_running(settings):
        wait_until_it_answers(settings)
        (directory / "elsewhere").symlink_to("/")
        for name in ("../objects", "elsewhere", "missing", ""):
            assert ask(directory, name, wall_seconds=20) is Reply.FAILED
        with address(directory) as place, socket.socket(socket.AF_UNIX) as connection:
            connection.connect(place)
            connection.sendall(b"x" * 300)
            assert connection.recv(10) == b"failed"
