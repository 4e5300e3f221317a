"""The resident application, real: the bytes of a Spark of its own, and a successor when it ends."""

from __future__ import annotations

import shutil
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from world.kept_spark import kept_running, wait_until_it_answers
from world.lent import lend_spark_classes
from world.random_ciphertext import RandomDataset, publish_random
from world.waiting import eventually

from market.adapters.platform_secrets import make_secrets
from market.adapters.resident_spark import (
    Reply,
    ResidentState,
    address,
    ask,
    ask_state,
)
from market.adapters.spark import SparkEvaluator
from market.adapters.stores.local import LocalStore
from market.errors import Unavailable
from market.plan.moments import Output
from market.records.delivery import Share
from market.settings import Settings

pytestmark = pytest.mark.processes

ENDLESS_OUTPUTS = 20_000
OUTPUTS = (Output("a", ("a",)), Output("b", ("b",)), Output("ab", ("a", "b")))


def settings_of(home: Path) -> Settings:
    make_secrets(Settings(home=home))
    lend_spark_classes(home)
    return Settings(home=home, spark_master="local[2]")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_of(tmp_path_factory.mktemp("resident"))


@pytest.fixture
def another(settings: Settings, dataset: RandomDataset, tmp_path: Path) -> Settings:
    """Of a home where nobody keeps an application, with the same objects."""
    shutil.copytree(settings.home / "objects", tmp_path / "objects")
    return settings_of(tmp_path)


@pytest.fixture(scope="module")
def dataset(settings: Settings) -> RandomDataset:
    store = LocalStore(settings.home / "objects")
    return publish_random(store, ("a", "b"), 12, ciphertexts_per_chunk=3)


@pytest.fixture(scope="module")
def alone(settings: Settings, dataset: RandomDataset) -> tuple[Share, ...]:
    """What a Spark of the job's own answers."""
    return SparkEvaluator(settings).evaluate("alone", (dataset.manifest,), OUTPUTS)[0]


@pytest.fixture(scope="module")
def keeper(settings: Settings, alone: tuple[Share, ...]) -> Iterator[psutil.Process]:
    """Keeps an application for the module's tests, until one of them kills it."""
    with kept_running(settings) as process:
        wait_until_it_answers(settings)
        yield process


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
    settings: Settings, dataset: RandomDataset, alone: tuple[Share, ...], keeper: psutil.Process
) -> None:
    started = jobs_of_their_own(settings)
    done = state_of(settings).jobs_done
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
    assert (state.jobs_done - done, state.jobs_at_work) == (9, 0)
    assert killed.memory_info().rss < state.memory_bytes < settings.spark_maximum_bytes
    killed.kill()
    killed.wait(20)
    assert evaluator.evaluate("second", (dataset.manifest,), OUTPUTS)[0] == alone
    assert application(keeper).pid != killed.pid


def test_job_over_its_wall_limit_is_dropped_while_its_workers_compute(
    settings: Settings, dataset: RandomDataset, alone: tuple[Share, ...], keeper: psutil.Process
) -> None:
    endless = tuple(Output(f"ab{number}", ("a", "b")) for number in range(ENDLESS_OUTPUTS))
    done = state_of(settings).jobs_done
    evaluator = SparkEvaluator(settings)
    evaluator.evaluate("warm", (dataset.manifest,), OUTPUTS)
    computing = [one for one in workers_below(keeper) if one.children() == []]
    hurried = SparkEvaluator(replace(settings, evaluate_wall_seconds=1))
    with pytest.raises(Unavailable, match="evaluation-timeout"):
        hurried.evaluate("endless", (dataset.manifest,), endless)
    assert evaluator.evaluate("after", (dataset.manifest,), OUTPUTS)[0] == alone
    # Given up, not computed to its end.
    eventually(lambda: state_of(settings).jobs_at_work == 0)
    assert state_of(settings).jobs_done - done == 2
    eventually(lambda: not any(one.is_running() for one in computing))


@pytest.mark.usefixtures("keeper")
def test_what_is_not_a_jobs_directory_is_not_done(settings: Settings) -> None:
    directory = settings.home / "spark"
    (directory / "elsewhere").symlink_to("/")
    for name in ("../objects", "elsewhere", "missing", ""):
        assert ask(directory, name, wall_seconds=20) is Reply.FAILED
    with address(directory) as place, socket.socket(socket.AF_UNIX) as connection:
        connection.connect(place)
        connection.sendall(b"x" * 300)
        assert connection.recv(10) == b"failed"


def test_killed_keeper_takes_the_application_along_and_keeps_no_job_waiting(
    settings: Settings, dataset: RandomDataset, alone: tuple[Share, ...], keeper: psutil.Process
) -> None:
    left = application(keeper)
    keeper.kill()
    left.wait(20)
    assert (settings.home / "spark" / "resident.sock").exists()
    assert ask(settings.home / "spark", "orphan", wall_seconds=60) is Reply.ABSENT
    assert SparkEvaluator(settings).evaluate("orphan", (dataset.manifest,), OUTPUTS)[0] == alone
    assert "spark-orphan.log" in jobs_of_their_own(settings)


def test_job_whose_application_dies_under_it_is_done_again(
    another: Settings, dataset: RandomDataset, alone: tuple[Share, ...]
) -> None:
    with kept_running(another) as keeper:
        wait_until_it_answers(another)
        evaluator = SparkEvaluator(another)
        evaluator.evaluate("warm", (dataset.manifest,), OUTPUTS)
        first = application(keeper)
        first.send_signal(signal.SIGSTOP)
        with ThreadPoolExecutor(1) as threads:
            dying = threads.submit(evaluator.evaluate, "dying", (dataset.manifest,), OUTPUTS)
            eventually(lambda: any((another.home / "spark").glob("dying-*/evaluation.json")))
            first.kill()
            assert dying.result()[0] == alone


def test_application_that_has_grown_is_replaced(another: Settings) -> None:
    small = replace(another, spark_maximum_bytes=1)
    with kept_running(small) as keeper:
        first = application(keeper).pid
        eventually(lambda: application(keeper).pid != first)
        assert first not in psutil.pids()
